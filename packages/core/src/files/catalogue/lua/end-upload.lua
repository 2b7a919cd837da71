-- A pending upload is cancelled or has expired: its parts are to be removed and its bytes are free. Answers its status.
-- KEYS: upload, usage, upload expiry, doomed. ARGV: upload id, member of the expiry, new status, ms for which it is kept.
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'pending' then
  redis.call('ZREM', KEYS[3], ARGV[2])
  return status
end
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[3] == 'expired' and tonumber(redis.call('ZSCORE', KEYS[3], ARGV[2]) or 0) > now_ms then
  return status
end

local fields = redis.call('HGETALL', KEYS[1])
for index = 1, #fields, 2 do
  if string.sub(fields[index], 1, 5) == 'part:' then
    redis.call('ZADD', KEYS[4], now_ms, string.match(fields[index + 1], '%S+$'))
    redis.call('HDEL', KEYS[1], fields[index])
  end
end
local field = 'staged:' .. ARGV[1]
redis.call('HINCRBY', KEYS[2], 'reserved', 0 - (redis.call('HGET', KEYS[2], field) or 0))
redis.call('HDEL', KEYS[2], field)
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('HSET', KEYS[1], 'status', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return ARGV[3]
