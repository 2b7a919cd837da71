-- KEYS: run · ARGV: channel
local channels = redis.call('HGET', KEYS[1], 'channels')
if not channels then return 'left' end
local remaining = {}
for channel in string.gmatch(channels, '%S+') do
  if channel ~= ARGV[1] then remaining[#remaining + 1] = channel end
end
redis.call('HSET', KEYS[1], 'channels', table.concat(remaining, ' '))
return 'left'
