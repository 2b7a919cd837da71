-- Ends a run from outside; one that waits leaves the backlog in the same step.
-- KEYS: run, log, live, leases, backlog, deferred · ARGV: id, reason, payload, retention ms, 'followed' or 'held' to spare such a run or '',
-- '1' when the same request may be sent again or ''
-- Gives the outcome, and with `ended` how many runs wait.
local run, log, live, leases, backlog, deferred = unpack(KEYS)
local id, reason, payload = ARGV[1], ARGV[2], ARGV[3]
local record = redis.call('HMGET', run, 'epoch', 'seq', 'end', 'channels', 'control', 'place', 'slot')
if not record[1] then
  redis.call('ZREM', live, id)
  redis.call('ZREM', leases, id)
  return 'unknown'
end
if record[3] then return record[3] == reason and 'ended' or 'already-ended' end
if ARGV[5] == 'followed' and string.find(record[4], '%S') then return 'spared' end
if ARGV[5] == 'held' and record[5] and record[5] ~= '' then return 'spared' end
if not record[7] then
  leave(backlog, id, record[6])
  redis.call('ZREM', deferred, id)
end
local seq = record[2] + 1
redis.call('XADD', log, seq .. '-0', 'p', payload)
-- The next epoch belongs to nobody: whoever holds the run is fenced.
finish(id, run, log, backlog, reason, 0, ARGV[6], ARGV[4], 'seq', seq, 'epoch', record[1] + 1)
settle_ended(live, leases, backlog)
announce(record[4], id, seq, payload)
publish_announced()
if record[5] and record[5] ~= '' then redis.call(publish, record[5], id) end
return { 'ended', tonumber(redis.call('HGET', backlog, 'waiting') or 0) }
