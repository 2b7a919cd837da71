-- Where the log of each run stands: its last sequence, or -1 for a run that is not known, and 1 if it has ended, else 0; one
-- after the other. Only who was told of a run's acceptance waits for it, so a run that is asked for is not provisional any more:
-- its job is added again should it be lost. KEYS: runs
local heads = {}
for index, run in ipairs(KEYS) do
  local record = redis.call('HMGET', run, 'seq', 'end', 'provisional')
  if record[3] then redis.call('HDEL', run, 'provisional') end
  heads[2 * index - 1] = tonumber(record[1] or -1)
  heads[2 * index] = record[2] and 1 or 0
end
return heads
