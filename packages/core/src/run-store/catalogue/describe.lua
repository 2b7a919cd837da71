-- Replaces the metadata of a kept run. KEYS: run · ARGV: tenant, metadata
local record = redis.call('HMGET', KEYS[1], 'tenant', 'retention')
if record[1] ~= ARGV[1] or not record[2] then return 'unknown' end
redis.call('HSET', KEYS[1], 'metadata', ARGV[2])
return 'done'
