-- Brings a batch from one status to the next. Gives its status afterwards, or 'fenced'.
-- KEYS: batch. ARGV: epoch, from, to, then fields and values
local record = redis.call('HMGET', KEYS[1], 'epoch', 'status')
if record[1] ~= ARGV[1] then
  return 'fenced'
end
if record[2] ~= ARGV[2] then
  return record[2]
end
redis.call('HSET', KEYS[1], 'status', ARGV[3], 'drive_failures', 0, unpack(ARGV, 4))
return ARGV[3]
