-- A staged blob becomes a part of an upload.
-- KEYS: usage, staged, upload. ARGV: blob, its member, part id, bytes, most bytes of all parts, most parts, when the upload
-- expires in ms.
if redis.call('HEXISTS', KEYS[3], 'part:' .. ARGV[3]) == 1 then
  return 'added'
end
local time = redis.call('TIME')
if redis.call('HGET', KEYS[3], 'status') ~= 'pending' or time[1] * 1000 >= tonumber(ARGV[7]) then
  return 'not-pending'
end
local field = 'staged:' .. ARGV[1]
if redis.call('HEXISTS', KEYS[1], field) == 0 then
  return 'given-up'
end
local totals = redis.call('HMGET', KEYS[3], 'part_bytes', 'part_count')
if totals[1] + ARGV[4] > tonumber(ARGV[5]) then
  return 'too-large'
end
if tonumber(totals[2]) >= tonumber(ARGV[6]) then
  return 'too-many'
end

redis.call('HDEL', KEYS[1], field)
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('HINCRBY', KEYS[3], 'part_bytes', ARGV[4])
redis.call('HINCRBY', KEYS[3], 'part_count', 1)
redis.call('HSET', KEYS[3], 'part:' .. ARGV[3], ARGV[4] .. ' ' .. ARGV[1])
return 'added'
