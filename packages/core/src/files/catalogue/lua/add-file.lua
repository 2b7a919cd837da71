-- A staged blob becomes the content of a new file.
-- KEYS: usage, staged, files, index, index of the purpose, blobs, expiry.
-- ARGV: blob, its member, file id, record, bytes, quota of files, member of the expiry, when it expires in ms or ''.
if redis.call('HEXISTS', KEYS[3], ARGV[3]) == 1 then
  return 'added'
end
local field = 'staged:' .. ARGV[1]
local granted = redis.call('HGET', KEYS[1], field)
if not granted then
  return 'given-up'
end
if tonumber(redis.call('HGET', KEYS[1], 'files') or 0) >= tonumber(ARGV[6]) then
  return 'too-many'
end

redis.call('HDEL', KEYS[1], field)
redis.call('HINCRBY', KEYS[1], 'reserved', 0 - granted)
redis.call('HINCRBY', KEYS[1], 'bytes', ARGV[5])
redis.call('HINCRBY', KEYS[1], 'files', 1)
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('HSET', KEYS[3], ARGV[3], ARGV[4])
redis.call('ZADD', KEYS[4], 0, ARGV[3])
redis.call('ZADD', KEYS[5], 0, ARGV[3])
redis.call('RPUSH', KEYS[6], ARGV[5] .. ' ' .. ARGV[1])
if ARGV[8] ~= '' then
  redis.call('ZADD', KEYS[7], ARGV[8], ARGV[7])
end
return 'added'
