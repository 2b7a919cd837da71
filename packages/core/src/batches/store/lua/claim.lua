-- Gives batches that nobody drives to a process; each claim raises the epoch, without which nothing of a batch can be written.
-- KEYS: active batches. ARGV: what the keys of batches start with, most batches, ms for which they are its own
-- Gives id and epoch of each, one after the other.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local claimed = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])) do
  local batch = ARGV[1] .. id
  if redis.call('EXISTS', batch) == 0 then
    redis.call('ZREM', KEYS[1], id)
  else
    redis.call('ZADD', KEYS[1], tostring(now + ARGV[3]), id)
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = redis.call('HINCRBY', batch, 'epoch', 1)
  end
end
return claimed
