-- What every script that makes jobs shares: BullMQ's keys as BullMQ itself leaves them, with nothing in the jobs.
-- Makes a job; further fields and values may follow.
local function make_job(job, now, ...)
  redis.call('HSET', job, 'name', 'run', 'data', 'null', 'opts', '{}', 'timestamp', now, 'delay', '0', 'priority', '0', ...)
end

-- The marker is what idle workers wait for. A paused queue has none.
local function mark(marker, meta)
  if redis.call('HEXISTS', meta, 'paused') == 0 then redis.call('ZADD', marker, '0', '0') end
end
