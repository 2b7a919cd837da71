-- A worker takes no further runs. What it announced stays, for the time when no worker is left.
-- KEYS: workers, workers seen. ARGV: worker id.
local time = redis.call('TIME')
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then
  redis.call('ZADD', KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
end
