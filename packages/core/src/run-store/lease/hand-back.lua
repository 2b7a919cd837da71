-- Offers a run again that its holder cannot finish; it keeps its slot, so it waits for nobody. Gives 1, or 0 when it is lost.
-- KEYS: run, leases · ARGV: id, epoch, ms in which its job must be added
local record = redis.call('HMGET', KEYS[1], 'epoch', 'end', 'slot')
if record[1] ~= ARGV[2] or record[2] or not record[3] then return 0 end
redis.call('HSET', KEYS[1], 'control', '')
redis.call('ZADD', KEYS[2], tostring(now_ms() + ARGV[3]), ARGV[1])
return 1
