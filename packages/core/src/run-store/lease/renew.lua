-- Says that a worker lives, for how many runs it has room, and which it holds. A lease that has run out is taken back as long as
-- the run was given to nobody else. Gives the ids of the runs that are lost to this worker.
-- KEYS: leases, backlog, workers by expiry, rooms by worker, then the runs
-- ARGV: control channel of the worker, its room (and, where there are several partitions, that in all of them), lease ms, then for each run: id, epoch
-- Lua cannot unpack as many as there may be.
local leases, backlog, workers, rooms = unpack(KEYS, 1, 4)
local control, room, lease = unpack(ARGV, 1, 3)
local now = now_ms()
local expiry = tostring(now + lease)

redis.call('ZADD', workers, expiry, control)
redis.call('HSET', rooms, control, room)
local gone = redis.call('ZRANGEBYSCORE', workers, '-inf', now)
if #gone > 0 then
  redis.call('ZREM', workers, unpack(gone))
  redis.call('HDEL', rooms, unpack(gone))
end
local capacity = 0
for _, one in ipairs(redis.call('HVALS', rooms)) do capacity = capacity + string.match(one, '^%d+') end
redis.call('HSET', backlog, 'capacity', capacity)

local lost = {}
for index = 1, (#ARGV - 3) / 2 do
  local id, epoch = ARGV[2 * index + 2], ARGV[2 * index + 3]
  local record = redis.call('HMGET', KEYS[index + 4], 'epoch', 'control', 'end')
  if record[1] == epoch and record[2] == control and not record[3] then
    redis.call('ZADD', leases, expiry, id)
  else
    lost[#lost + 1] = id
  end
end
return lost
