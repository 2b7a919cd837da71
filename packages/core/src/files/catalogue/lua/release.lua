-- A staged blob is not wanted: what was set aside for it is free, and its bytes are to be removed.
-- Answers 1, or 0 when it is not staged.
-- KEYS: usage, staged, doomed. ARGV: blob, member.
local field = 'staged:' .. ARGV[1]
local granted = redis.call('HGET', KEYS[1], field)
if granted then
  -- Not -granted: for 0 that is -0, which Redis takes for no number.
  redis.call('HINCRBY', KEYS[1], 'reserved', 0 - granted)
  redis.call('HDEL', KEYS[1], field)
end
local released = redis.call('ZREM', KEYS[2], ARGV[2])
if released == 1 then
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[3], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
end
return released
