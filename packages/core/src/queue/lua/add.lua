-- Puts jobs on the queue as BullMQ does, with nothing in them. A job that is there already stays as it is.
-- KEYS: wait, marker, meta (all BullMQ's) · ARGV: start of the queue's keys, then the ids
local wait, marker, meta = unpack(KEYS)
local prefix = ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local added = false
for index = 2, #ARGV do
  local id = ARGV[index]
  if redis.call('EXISTS', prefix .. id) == 0 then
    redis.call('HSET', prefix .. id, 'name', 'run', 'data', 'null', 'opts', '{}', 'timestamp', now, 'delay', 0, 'priority', 0)
    redis.call('LPUSH', wait, id)
    added = true
  end
end
-- The marker is what idle workers wait for.
if added and redis.call('HEXISTS', meta, 'paused') == 0 then redis.call('ZADD', marker, 0, '0') end
return 'added'
