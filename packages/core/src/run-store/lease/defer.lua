-- Takes a run from its holder and gives its slot to others; it comes back in front at a time. Gives 1, or 0 when the run is lost.
-- KEYS: backlog, leases, deferred, run · ARGV: id, epoch, ms from now
local backlog, leases, deferred, run = unpack(KEYS)
local record = redis.call('HMGET', run, 'epoch', 'end', 'slot')
if record[1] ~= ARGV[2] or record[2] then return 0 end
if not record[3] then return redis.call('ZSCORE', deferred, ARGV[1]) and 1 or 0 end
count_slot(backlog, record[3], -1)
redis.call('HDEL', run, 'slot', 'control', 'claimed')
redis.call('HINCRBY', run, 'deferrals', 1)
redis.call('ZREM', leases, ARGV[1])
redis.call('ZADD', deferred, now_ms() + ARGV[3], ARGV[1])
return 1
