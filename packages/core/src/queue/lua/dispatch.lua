-- Accepts a run and, in the same step, sends it to a worker that has room, claimed and locked; when there is none, or others
-- wait, it is put on the queue.
-- KEYS: those of `accept`, then wait, active, marker, meta (all BullMQ's), ready
-- ARGV: those of `accept`, then start of the queue's keys, start of the presences' keys, lock ms
local wait, active, marker, meta, ready = unpack(KEYS, 7)
local prefix, presences, lock_ms = unpack(ARGV, 13)
local id, tenant, request, duration, provisional = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[11]

-- The worker with the most room, by its control channel. One that has not been heard of for a while, or does not listen, is none.
local worker
local function choose()
  if redis.call('EXISTS', wait) == 1 then return nil end
  local settings = redis.call('HMGET', meta, 'paused', 'concurrency')
  if settings[1] or settings[2] and redis.call('LLEN', active) >= tonumber(settings[2]) then return nil end
  while true do
    local best = redis.call('ZREVRANGE', ready, '0', '0', 'WITHSCORES')
    if not best[1] or tonumber(best[2]) < 1 then return nil end
    worker = best[1]
    if redis.call('EXISTS', presences .. worker) == 1 and redis.call('PUBSUB', 'NUMSUB', worker)[2] > 0 then return worker end
    redis.call('ZREM', ready, worker)
    worker = nil
  end
end

local answer, is_new = accept(KEYS, ARGV, choose)
if not is_new then return answer end
local job, created = prefix .. id, answer[2]
if not worker then
  make_job(job, created)
  redis.call('LPUSH', wait, id)
  mark(marker, meta)
  return answer
end
make_job(job, created, 'processedOn', created, 'ats', '1')
redis.call('SET', job .. ':lock', worker .. ':' .. id, 'PX', lock_ms)
redis.call('LPUSH', active, id)
redis.call('ZINCRBY', ready, '-1', worker)
local number = redis.call('INCR', presences .. worker)
-- Published last: a store that is full refuses the writes, but no message.
redis.call('PUBLISH', worker, table.concat({ 'run', number, id, tenant, duration, provisional, request }, ' '))
return answer
