-- A blob is about to be written: sets bytes of the quota aside for it, at most as many as are left.
-- KEYS: usage, staged. ARGV: blob, member, wanted bytes (0: somebody else has set them aside), quota of bytes, quota of files,
-- ms until it is given up.
local field = 'staged:' .. ARGV[1]
-- The call may come twice when its answer was lost.
local granted = redis.call('HGET', KEYS[1], field)
if granted then
  return { 'reserved', tonumber(granted) }
end

local usage = redis.call('HMGET', KEYS[1], 'bytes', 'reserved', 'files')
granted = tonumber(ARGV[3])
if granted > 0 then
  local left = ARGV[4] - (usage[1] or 0) - (usage[2] or 0)
  if left <= 0 then
    return { 'full', 0 }
  end
  if tonumber(usage[3] or 0) >= tonumber(ARGV[5]) then
    return { 'too-many', 0 }
  end
  granted = math.min(granted, left)
end

local time = redis.call('TIME')
redis.call('HSET', KEYS[1], field, granted)
redis.call('HINCRBY', KEYS[1], 'reserved', granted)
redis.call('ZADD', KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[6], ARGV[2])
return { 'reserved', granted }
