-- Counts that a batch could not be driven, and leaves it alone for a while, also by whoever had it. What brings it on forgets the count.
-- KEYS: batch, active batches. ARGV: epoch, id, then for how many ms it is left alone after each failure in a row
-- Gives how many failures there were in a row, or 'fenced'. After one more than there are pauses it stays where it is.
local batch, active = unpack(KEYS)
if redis.call('HGET', batch, 'epoch') ~= ARGV[1] then
  return 'fenced'
end
local failures = redis.call('HINCRBY', batch, 'drive_failures', 1)
local pause = ARGV[2 + failures]
if pause then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('HINCRBY', batch, 'epoch', 1)
  redis.call('ZADD', active, 'XX', tostring(now + pause), ARGV[2])
end
return failures
