-- Forgets a run that has ended. KEYS: run, log, lists that it may stand in · ARGV: id, tenant
local record = redis.call('HMGET', KEYS[1], 'tenant', 'end', 'idempotency')
if record[1] ~= ARGV[2] then return 'unknown' end
if not record[2] then return 'live' end
redis.call('DEL', KEYS[1], KEYS[2])
if record[3] and redis.call('HGET', record[3], 'run') == ARGV[1] then redis.call('DEL', record[3]) end
for index = 3, #KEYS do redis.call('ZREM', KEYS[index], ARGV[1]) end
return 'removed'
