-- Gives the runs that were sent to a worker some time ago and that it does not hold: their messages are lost.
-- KEYS: active (BullMQ's)
-- ARGV: start of the queue's keys, the worker's control channel, most ms that such a lock can have left, then the ids that it holds
local prefix, worker, most_left = ARGV[1], ARGV[2], tonumber(ARGV[3])
local held = {}
for arg = 4, #ARGV do held[ARGV[arg]] = true end
local lost = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local lock = prefix .. id .. ':lock'
  if not held[id] and redis.call('GET', lock) == worker .. ':' .. id and redis.call('PTTL', lock) <= most_left then
    lost[#lost + 1] = id
  end
end
return lost
