-- A worker says that it lives and what it serves. Safe to send twice.
-- KEYS: workers, workers seen, announcements, agents created.
-- ARGV: worker id, start in ms and text, kept ms, agent ids...
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)

redis.call('ZADD', KEYS[1], now_ms, ARGV[1])
redis.call('ZADD', KEYS[2], now_ms, ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
for index = 4, #ARGV do
  redis.call('HSETNX', KEYS[4], ARGV[index], time[1])
end

-- Workers that died without a word leave these behind; 100 at a time keeps the step short.
local stale = redis.call('ZRANGE', KEYS[2], '-inf', string.format('%.0f', now_ms - ARGV[3]), 'BYSCORE', 'LIMIT', 0, 100)
if #stale > 0 then
  redis.call('ZREM', KEYS[1], unpack(stale))
  redis.call('ZREM', KEYS[2], unpack(stale))
  redis.call('HDEL', KEYS[3], unpack(stale))
end
