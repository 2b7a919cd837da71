-- An upload begins: its bytes are set aside.
-- KEYS: usage, upload, upload expiry. ARGV: upload id, record, bytes, quota of bytes, quota of files, member of the expiry,
-- when it expires in ms.
if redis.call('EXISTS', KEYS[2]) == 1 then
  return 'created'
end
local usage = redis.call('HMGET', KEYS[1], 'bytes', 'reserved', 'files')
if tonumber(usage[3] or 0) >= tonumber(ARGV[5]) then
  return 'too-many'
end
if (usage[1] or 0) + (usage[2] or 0) + ARGV[3] > tonumber(ARGV[4]) then
  return 'full'
end
redis.call('HSET', KEYS[1], 'staged:' .. ARGV[1], ARGV[3])
redis.call('HINCRBY', KEYS[1], 'reserved', ARGV[3])
redis.call('HSET', KEYS[2], 'record', ARGV[2], 'status', 'pending', 'part_bytes', 0, 'part_count', 0)
redis.call('ZADD', KEYS[3], ARGV[7], ARGV[6])
return 'created'
