-- Puts accepted runs in the backlog; one that is there, put off, offered or over already stays as it is. Gives how many runs wait.
-- KEYS: backlog, leases, deferred, then the runs · ARGV: ids
local backlog, leases, deferred = unpack(KEYS, 1, 3)
for index, id in ipairs(ARGV) do
  local run = KEYS[index + 3]
  local record = redis.call('HMGET', run, 'place', 'end', 'slot')
  if record[1] and not record[2] and not record[3] and not redis.call('ZSCORE', deferred, id) then
    redis.call('HDEL', run, 'provisional')
    redis.call('ZREM', leases, id)
    enqueue(backlog, id, record[1])
  end
end
return tonumber(redis.call('HGET', backlog, 'waiting') or 0)
