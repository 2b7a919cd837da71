-- Prolongs the time for which batches are a process's own; 0 ms gives them back.
-- KEYS: active batches. ARGV: what the keys of batches start with, ms, then id and epoch of each
-- Gives the status of each, '' for one that is lost, and last how many batches are active.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = {}
for at = 3, #ARGV, 2 do
  local record = redis.call('HMGET', ARGV[1] .. ARGV[at], 'epoch', 'status')
  local own = record[1] == ARGV[at + 1]
  if own then
    redis.call('ZADD', KEYS[1], 'XX', tostring(now + ARGV[2]), ARGV[at])
  end
  found[#found + 1] = own and record[2] or ''
end
found[#found + 1] = tostring(redis.call('ZCARD', KEYS[1]))
return found
