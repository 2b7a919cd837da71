-- A file goes, and its content is to be removed. Answers the names of its blobs, or nothing when there is no such file.
-- KEYS: files, index, index of the purpose, usage, blobs, expiry, doomed.
-- ARGV: file id, member of the expiry, '1' when it may only go if its time has come.
local record = redis.call('HGET', KEYS[1], ARGV[1])
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[3] == '1' then
  local due = redis.call('ZSCORE', KEYS[6], ARGV[2])
  if not due or tonumber(due) > now_ms then
    return false
  end
end
redis.call('ZREM', KEYS[6], ARGV[2])
if not record then
  return false
end

redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('HINCRBY', KEYS[4], 'bytes', 0 - cjson.decode(record).bytes)
redis.call('HINCRBY', KEYS[4], 'files', -1)
local names = {}
for _, blob in ipairs(redis.call('LRANGE', KEYS[5], 0, -1)) do
  local name = string.match(blob, '%S+$')
  names[#names + 1] = name
  redis.call('ZADD', KEYS[7], now_ms, name)
end
redis.call('DEL', KEYS[5])
return names
