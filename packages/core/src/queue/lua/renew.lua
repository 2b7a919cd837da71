-- Prolongs the locks of jobs in hand, and gives the ids of those that are lost.
-- KEYS: list of active jobs, set of suspects (both BullMQ's) · ARGV: start of the queue's keys, lock ms, then for each job: id,
-- token, how often it has been started
local active, suspects = KEYS[1], KEYS[2]
local prefix, lock_ms = ARGV[1], ARGV[2]
local lost = {}
for arg = 3, #ARGV, 3 do
  local id, token, starts = ARGV[arg], ARGV[arg + 1], ARGV[arg + 2]
  local lock = prefix .. id .. ':lock'
  local holder = redis.call('GET', lock)
  -- A lock that ran out while Redis was away is taken back as long as nobody else has been given the job.
  if not holder and redis.call('HGET', prefix .. id, 'ats') == starts and redis.call('LPOS', active, id) then holder = token end
  if holder == token then
    redis.call('SET', lock, token, 'PX', lock_ms)
    redis.call('SREM', suspects, id)
  else
    lost[#lost + 1] = id
  end
end
return lost
