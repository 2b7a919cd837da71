-- Accepts a run: gives what is answered, and whether the run is new. Other scripts call it as well, with their own keys and
-- arguments behind these.
-- keys: run, live, waiting, tenant's live set, tenant's minute, idempotency key (the run again when there is none)
-- args: id, tenant, request, deadline ms, channel, body hash or '', max live, concurrency, requests/min, tokens/min (0: none),
-- '1' when provisional or '', last ms at which it may be accepted (0: any)
-- `choose` gives the control channel of the worker that is to hold the new run from its start, or nil when it has to wait.
local function accept(keys, args, choose)
  local run, live, waiting, tenant_live, window, idempotency = unpack(keys)
  local id, tenant, request, duration, channel, body_hash = unpack(args)
  local max_live, concurrency, rpm, tpm = tonumber(args[7]), tonumber(args[8]), tonumber(args[9]), tonumber(args[10])
  local provisional, not_after = args[11], tonumber(args[12])
  local now = now_ms()
  -- A number costs a command 0.3 µs more than its text, each time that it is given.
  local created = tostring(now)

  local used_requests, used_tokens, reset = 0, 0, 60000
  if rpm > 0 or tpm > 0 then
    local used = redis.call('HMGET', window, 'requests', 'tokens')
    used_requests, used_tokens = tonumber(used[1] or 0), tonumber(used[2] or 0)
    local ttl = redis.call('PTTL', window)
    if ttl > 0 then reset = ttl end
  end
  local function answer(outcome, detail)
    return { outcome, detail, math.max(0, rpm - used_requests), math.max(0, tpm - used_tokens), reset, now }
  end

  -- A resend of the same accept.
  local known = redis.call('HGET', run, 'created')
  if known then return answer('accepted', known) end
  -- Whoever asked has given up: its client has been told that nothing runs.
  if not_after > 0 and now > not_after then return answer('late', '') end

  if body_hash ~= '' then
    local owner = redis.call('HMGET', idempotency, 'run', 'body')
    if owner[1] then
      if owner[2] ~= body_hash then return answer('key-reused', '') end
      return answer('duplicate', owner[1])
    end
  end

  if rpm > 0 and used_requests >= rpm then return answer('limited', 'requests') end
  if tpm > 0 and used_tokens >= tpm then return answer('limited', 'tokens') end
  if concurrency > 0 and redis.call('SCARD', tenant_live) >= concurrency then return answer('limited', 'concurrency') end
  if redis.call('ZCARD', live) >= max_live then return answer('full', '') end

  local deadline = tostring(now + duration)
  local holder = choose and choose()
  local record = { 'tenant', tenant, 'created', created, 'deadline', deadline, 'epoch', holder and '1' or '0', 'seq', '0',
    'channels', channel, 'request', request }
  local function note(field, value)
    record[#record + 1] = field
    record[#record + 1] = value
  end
  if holder then note('control', holder) end
  if provisional == '1' then note('provisional', '1') end
  if body_hash ~= '' then note('idempotency', idempotency) end
  if concurrency > 0 then note('concurrency', tenant_live) end
  if rpm > 0 or tpm > 0 then note('window', window) end
  redis.call('HSET', run, unpack(record))
  redis.call('ZADD', live, deadline, id)
  if not holder then redis.call('ZADD', waiting, created, id) end
  if body_hash ~= '' then redis.call('HSET', idempotency, 'run', id, 'body', body_hash) end
  if concurrency > 0 then redis.call('SADD', tenant_live, id) end
  if rpm > 0 or tpm > 0 then
    used_requests = redis.call('HINCRBY', window, 'requests', 1)
    if used_requests == 1 then
      redis.call('PEXPIRE', window, 60000)
      reset = 60000
    end
  end
  return answer('accepted', created), true
end
