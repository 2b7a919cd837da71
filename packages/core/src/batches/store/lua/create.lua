-- Makes a batch, unless its idempotency key has made one before. Safe to send twice.
-- KEYS: batch, index of the tenant, active batches, idempotency key (the batch again when there is none)
-- ARGV: id, record, hash of the request or '', ms for which the key is kept, id before which the index is cut
local batch, index, active, idempotency = unpack(KEYS)
local id, record, body = unpack(ARGV)
if redis.call('EXISTS', batch) == 1 then
  return { 'created', id }
end
if body ~= '' then
  local owner = redis.call('HMGET', idempotency, 'batch', 'body')
  if owner[1] then
    return { owner[2] == body and 'duplicate' or 'key-reused', owner[1] }
  end
  redis.call('HSET', idempotency, 'batch', id, 'body', body)
  redis.call('PEXPIRE', idempotency, ARGV[4])
end
redis.call('HSET', batch, 'record', record, 'status', 'validating', 'epoch', 0)
redis.call('ZADD', index, 0, id)
redis.call('ZREMRANGEBYLEX', index, '-', '(' .. ARGV[5])
redis.call('ZADD', active, 0, id)
return { 'created', id }
