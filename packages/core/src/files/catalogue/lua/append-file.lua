-- A staged blob is put behind the content of a file, if that is as long as the writer believes.
-- KEYS: usage, staged, files, blobs. ARGV: blob, its member, file id, bytes, bytes before it.
-- Answers what came of it and how long the content is.
local text = redis.call('HGET', KEYS[3], ARGV[3])
if not text then
  return { 'unknown', 0 }
end
local record = cjson.decode(text)
if ends_in(KEYS[4], ARGV[1]) then
  return { 'appended', record.bytes }
end
if record.bytes ~= tonumber(ARGV[5]) then
  return { 'moved', record.bytes }
end
local granted = redis.call('HGET', KEYS[1], 'staged:' .. ARGV[1])
if not granted then
  return { 'given-up', record.bytes }
end
local blob = { name = ARGV[1], member = ARGV[2], bytes = ARGV[4] }
put_blob(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[3], record, blob, granted)
return { 'appended', record.bytes }
