-- Gives ends that are to be told now, and keeps others from telling them for a while.
-- KEYS: due webhooks. ARGV: most, ms
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(ids) do
  redis.call('ZADD', KEYS[1], tostring(now + ARGV[2]), id)
end
return ids
