-- A staged blob is put behind the content of a file, if that is as long as the writer believes.
-- KEYS: usage, staged, files, blobs. ARGV: blob, its member, file id, bytes, bytes before it.
-- Answers what came of it and how long the content is.
local text = redis.call('HGET', KEYS[3], ARGV[3])
if not text then
  return { 'unknown', 0 }
end
local record = cjson.decode(text)
local last = redis.call('LINDEX', KEYS[4], -1)
if last and string.match(last, '%S+$') == ARGV[1] then
  return { 'appended', record.bytes }
end
if record.bytes ~= tonumber(ARGV[5]) then
  return { 'moved', record.bytes }
end
local field = 'staged:' .. ARGV[1]
local granted = redis.call('HGET', KEYS[1], field)
if not granted then
  return { 'given-up', record.bytes }
end

record.bytes = record.bytes + ARGV[4]
redis.call('HDEL', KEYS[1], field)
redis.call('HINCRBY', KEYS[1], 'reserved', 0 - granted)
redis.call('HINCRBY', KEYS[1], 'bytes', ARGV[4])
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('RPUSH', KEYS[4], ARGV[4] .. ' ' .. ARGV[1])
redis.call('HSET', KEYS[3], ARGV[3], cjson.encode(record))
return { 'appended', record.bytes }
