-- Puts the next lines of the input under way. Safe to send twice.
-- KEYS: batch, open lines. ARGV: epoch, offset of the first line, offset and number of the line behind the last, then number and
-- entry of each
local batch = redis.call('HMGET', KEYS[1], 'epoch', 'offset')
if batch[1] ~= ARGV[1] then
  return 'fenced'
end
local offset = batch[2] or '0'
if offset == ARGV[3] then
  return 'taken'
end
if offset ~= ARGV[2] then
  return 'fenced'
end
redis.call('HSET', KEYS[1], 'offset', ARGV[3], 'line', ARGV[4])
-- Lua cannot unpack as many as there may be.
for at = 5, #ARGV, 2 do
  redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1])
end
return 'taken'
