-- The parts of an upload become the content of a new file, as they are; those that were not named are to be removed.
-- KEYS: upload, usage, files, index, index of the purpose, blobs, file expiry, upload expiry, doomed.
-- ARGV: upload id, its member of the expiry, when it expires in ms, file id, record, bytes, quota of files, the file's member of
-- the expiry, when that expires in ms or '', ms for which the upload is kept, part ids...
local status = redis.call('HGET', KEYS[1], 'status')
if not status then
  return 'unknown'
end
if status ~= 'pending' then
  return status
end
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
if now_ms >= tonumber(ARGV[3]) then
  return 'expired'
end
if tonumber(redis.call('HGET', KEYS[2], 'files') or 0) >= tonumber(ARGV[7]) then
  return 'too-many'
end
local parts = {}
for index = 11, #ARGV do
  local part = redis.call('HGET', KEYS[1], 'part:' .. ARGV[index])
  if not part then
    return 'unknown-part'
  end
  parts[#parts + 1] = part
end

for index, part in ipairs(parts) do
  redis.call('RPUSH', KEYS[6], part)
  redis.call('HDEL', KEYS[1], 'part:' .. ARGV[index + 10])
end
local left = redis.call('HGETALL', KEYS[1])
for index = 1, #left, 2 do
  if string.sub(left[index], 1, 5) == 'part:' then
    redis.call('ZADD', KEYS[9], now_ms, string.match(left[index + 1], '%S+$'))
    redis.call('HDEL', KEYS[1], left[index])
  end
end
local field = 'staged:' .. ARGV[1]
redis.call('HINCRBY', KEYS[2], 'reserved', 0 - (redis.call('HGET', KEYS[2], field) or 0))
redis.call('HDEL', KEYS[2], field)
redis.call('HINCRBY', KEYS[2], 'bytes', ARGV[6])
redis.call('HINCRBY', KEYS[2], 'files', 1)
redis.call('HSET', KEYS[3], ARGV[4], ARGV[5])
redis.call('ZADD', KEYS[4], 0, ARGV[4])
redis.call('ZADD', KEYS[5], 0, ARGV[4])
if ARGV[9] ~= '' then
  redis.call('ZADD', KEYS[7], ARGV[9], ARGV[8])
end
redis.call('ZREM', KEYS[8], ARGV[2])
redis.call('HSET', KEYS[1], 'status', 'completed', 'file', ARGV[5], 'part_ids', table.concat(ARGV, ' ', 11))
redis.call('PEXPIRE', KEYS[1], ARGV[10])
return 'completed'
