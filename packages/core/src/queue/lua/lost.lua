-- Gives the runs that were sent to a worker and that it does not hold: their messages are lost.
-- KEYS: active (BullMQ's) · ARGV: start of the queue's keys, the worker's control channel, then the ids that it holds
local prefix, worker = ARGV[1], ARGV[2]
local held = {}
for arg = 3, #ARGV do held[ARGV[arg]] = true end
local lost = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if not held[id] and redis.call('GET', prefix .. id .. ':lock') == worker .. ':' .. id then lost[#lost + 1] = id end
end
return lost
