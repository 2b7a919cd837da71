-- Takes jobs that are done off the queue and gives out the next ones: each gets a lock, and its run is claimed. What it does
-- to BullMQ's keys is what BullMQ's own scripts do, without what jobs here have not: results, parents, priorities, events.
-- KEYS: wait, active, delayed, suspects, marker, meta (all BullMQ's), ready, presence, live, waiting (of the run log)
-- ARGV: start of the queue's keys, token of the locks, lock ms, how many jobs the worker has room for, how many to give at most,
-- last number that was sent to it and came, how long it counts as present, start of the runs' keys, start of the logs' keys, control
-- channel, retention ms, payload of a frame that says `deadline`, then for each job that is done: id, token
local wait, active, delayed, suspects, marker, meta, ready, presence, live, waiting = unpack(KEYS)
local prefix, token, lock_ms, free, most, came, present_ms = unpack(ARGV, 1, 7)
local runs, logs, control, retention, late = unpack(ARGV, 8, 12)

local done, locks = {}, {}
for arg = 13, #ARGV, 2 do locks[#locks + 1] = prefix .. ARGV[arg] .. ':lock' end
local holders = #locks > 0 and redis.call('MGET', unpack(locks)) or {}
local over = {}
for index, holder in ipairs(holders) do
  local id = ARGV[11 + 2 * index]
  -- With another lock, or without, the job is not this worker's any more: whoever gets it finds its run ended.
  if holder == ARGV[12 + 2 * index] then
    done[#done + 1] = id
    over[#over + 1] = prefix .. id
    over[#over + 1] = locks[index]
    redis.call('LREM', active, '-1', id)
  end
end
if #done > 0 then
  redis.call('DEL', unpack(over))
  redis.call('SREM', suspects, unpack(done))
end

-- BullMQ's score of a delayed job is the time in ms at which it is due, times 4096, and a counter.
local now = now_ms()
local due_ms = -1
while true do
  local first = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
  if not first[1] then break end
  due_ms = math.floor(first[2] / 4096) - now
  if due_ms > 0 then break end
  due_ms = -1
  redis.call('ZREM', delayed, first[1])
  redis.call('LPUSH', wait, first[1])
  redis.call('HSET', prefix .. first[1], 'delay', 0)
end

-- What was sent to this worker and has not come yet takes room as well. Its presence counts what was sent.
local present = redis.call('GET', presence)
local sent = tonumber(present or came)
local room = free - math.max(0, sent - came)

-- An operator may pause the queue, or bound how many jobs run at once, by BullMQ's own means.
local settings = redis.call('HMGET', meta, 'paused', 'concurrency')
local open = not settings[1]
if settings[2] then
  local allowed = settings[2] - redis.call('LLEN', active)
  open = open and allowed > 0
  most = math.min(most, allowed)
end
-- Requests are part of the reply: a backlog of large ones must not hold Redis up. What is left brings its own marker.
local taken, bytes, enough, started = {}, 0, 1048576, tostring(now)
most = math.min(most, room)
while open and #taken < most and bytes < enough do
  local id = redis.call('RPOPLPUSH', wait, active)
  if not id then break end
  local job = prefix .. id
  redis.call('SET', job .. ':lock', token, 'PX', lock_ms)
  redis.call('HSET', job, 'processedOn', started)
  local starts = redis.call('HINCRBY', job, 'ats', '1')
  local doom = redis.call('HGET', job, 'defa')
  local outcome = doom and { 'doomed', doom } or claim(id, runs .. id, logs .. id, live, waiting, control, retention, late)
  taken[#taken + 1] = { id, starts, outcome }
  bytes = bytes + #(outcome[6] or '')
end
publish_announced()
-- The marker wakes one worker; what is left over is for the next one.
local left = open and redis.call('EXISTS', wait) == 1
if left then redis.call('ZADD', marker, 0, '0') end
redis.call('SET', presence, sent, 'PX', present_ms)
if tonumber(free) > 0 then
  redis.call('ZADD', ready, room - #taken, control)
else
  -- Full, or it takes no more: nothing is sent to it until it says otherwise.
  redis.call('ZREM', ready, control)
end
return { due_ms, taken, left and 1 or 0, sent, present and 1 or 0 }
