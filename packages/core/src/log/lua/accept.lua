-- KEYS: run, live, waiting, tenant's live set, tenant's minute, idempotency key (the run again when there is none)
-- ARGV: id, tenant, request, deadline ms, channel, body hash or '', max live, concurrency, requests/min, tokens/min (0: none)
local run, live, waiting, tenant_live, window, idempotency = unpack(KEYS)
local id, body_hash = ARGV[1], ARGV[6]
local concurrency, rpm, tpm = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])

local used_requests, used_tokens, reset = 0, 0, 60000
if rpm > 0 or tpm > 0 then
  local used = redis.call('HMGET', window, 'requests', 'tokens')
  used_requests, used_tokens = tonumber(used[1] or 0), tonumber(used[2] or 0)
  local ttl = redis.call('PTTL', window)
  if ttl > 0 then reset = ttl end
end
local function answer(outcome, detail)
  return { outcome, detail, math.max(0, rpm - used_requests), math.max(0, tpm - used_tokens), reset }
end

-- A resend of the same accept.
local created = redis.call('HGET', run, 'created')
if created then return answer('accepted', created) end

if body_hash ~= '' then
  local known = redis.call('HMGET', idempotency, 'run', 'body')
  if known[1] then
    if known[2] ~= body_hash then return answer('key-reused', '') end
    return answer('duplicate', known[1])
  end
end

if rpm > 0 and used_requests >= rpm then return answer('limited', 'requests') end
if tpm > 0 and used_tokens >= tpm then return answer('limited', 'tokens') end
if concurrency > 0 and redis.call('SCARD', tenant_live) >= concurrency then return answer('limited', 'concurrency') end
if redis.call('ZCARD', live) >= tonumber(ARGV[7]) then return answer('full', '') end

local now = now_ms()
local deadline = now + ARGV[4]
redis.call('HSET', run, 'tenant', ARGV[2], 'created', now, 'deadline', deadline, 'epoch', 0, 'seq', 0,
  'channels', ARGV[5], 'request', ARGV[3])
redis.call('ZADD', live, deadline, id)
redis.call('ZADD', waiting, now, id)
if body_hash ~= '' then
  redis.call('HSET', idempotency, 'run', id, 'body', body_hash)
  redis.call('HSET', run, 'idempotency', idempotency)
end
if concurrency > 0 then
  redis.call('SADD', tenant_live, id)
  redis.call('HSET', run, 'concurrency', tenant_live)
end
if rpm > 0 or tpm > 0 then
  redis.call('HSET', run, 'window', window)
  used_requests = redis.call('HINCRBY', window, 'requests', 1)
  if used_requests == 1 then
    redis.call('PEXPIRE', window, 60000)
    reset = 60000
  end
end
return answer('accepted', tostring(now))
