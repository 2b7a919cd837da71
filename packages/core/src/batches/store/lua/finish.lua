-- Ends a batch: from now on its files and its record expire, and its webhook is due. Safe to send twice.
-- KEYS: batch, open lines, segments, active batches, files of the tenant, expiry of files, due webhooks
-- ARGV: epoch, id, end, name of its time, now in s, when the files expire in s, ms for which the record is kept, errors or '', '1' with a
-- webhook, then id and member of each file
local batch, open, segments, active, files, expiry, due = unpack(KEYS)
local record = redis.call('HMGET', batch, 'epoch', 'status')
if record[1] ~= ARGV[1] then
  return 'fenced'
end
if record[2] == ARGV[3] then
  return 'finished'
end
redis.call('HSET', batch, 'status', ARGV[3], ARGV[4], ARGV[5])
if ARGV[8] ~= '' then
  redis.call('HSET', batch, 'errors', ARGV[8])
end
redis.call('ZREM', active, ARGV[2])
redis.call('DEL', open)
redis.call('PEXPIRE', batch, ARGV[7])
redis.call('PEXPIRE', segments, ARGV[7])
for at = 10, #ARGV, 2 do
  local text = redis.call('HGET', files, ARGV[at])
  if text then
    local file = cjson.decode(text)
    file.expiresAt = tonumber(ARGV[6])
    redis.call('HSET', files, ARGV[at], cjson.encode(file))
    redis.call('ZADD', expiry, ARGV[6] .. '000', ARGV[at + 1])
  end
end
if ARGV[9] == '1' then
  redis.call('ZADD', due, ARGV[5] .. '000', ARGV[2])
end
return 'finished'
