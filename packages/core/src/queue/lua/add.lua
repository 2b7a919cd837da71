-- Puts jobs on the queue. A job that is there already stays as it is.
-- KEYS: wait, marker, meta (all BullMQ's) · ARGV: start of the queue's keys, then the ids
local wait, marker, meta = unpack(KEYS)
local prefix = ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local added = false
for index = 2, #ARGV do
  local id = ARGV[index]
  if redis.call('EXISTS', prefix .. id) == 0 then
    make_job(prefix .. id, now)
    redis.call('LPUSH', wait, id)
    added = true
  end
end
if added then mark(marker, meta) end
return 'added'
