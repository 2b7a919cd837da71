-- Accepts a run. Where nothing waits and there is room, it is offered to the workers at once: whoever accepts it adds its job.
-- KEYS: run, live, leases, backlog, tenant's live set, tenant's minute, idempotency key (the run again when there is none), all runs,
-- the tenant's kept runs
-- ARGV: id, tenant, request, deadline ms, channel, body hash or '', max live, concurrency, requests/min, tokens/min (0: none),
-- '1' when provisional or '', class, weight, cost, flow, agent, how many runs are listed at most, ms for which it is kept after its end
-- or '', the request to keep then or '' for all of it, its metadata or '', how many runs of the tenant are kept at most, what names of records and of logs
-- begin with, ms in which its job must be added, last ms at which it may be accepted (0: any)
-- Gives outcome, detail, requests and tokens that are left in the minute, ms until it ends, now, 1 when it is offered, how many
-- runs are before it, ms until it starts (-1: not known)
local run, live, leases, backlog, tenant_live, window, idempotency, all, kept = unpack(KEYS)
local id, tenant, request, duration, channel, body_hash = unpack(ARGV)
local max_live, concurrency, rpm, tpm = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local provisional, class, weight, cost, flow = unpack(ARGV, 11, 15)
local agent, most_listed, retention, trimmed, metadata, most_kept, runs, logs = unpack(ARGV, 16, 23)
local offer_ms, not_after = tonumber(ARGV[24]), tonumber(ARGV[25])
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
local function answer(outcome, detail, offered, ahead, wait)
  return { outcome, detail, math.max(0, rpm - used_requests), math.max(0, tpm - used_tokens), reset, now, offered or 0, ahead or 0,
    wait or -1 }
end

-- A resend of the same accept.
local known = redis.call('HMGET', run, 'created', 'slot')
if known[1] then return answer('accepted', known[1], known[2] and 1 or 0) end
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

local figures = redis.call('HMGET', backlog, 'capacity', 'slots', 'slots:patient', 'waiting')
for index = 1, 4 do figures[index] = tonumber(figures[index] or 0) end
local capacity, slots, patient_slots, waiting = unpack(figures)
local room = slots < slot_limit(capacity) and (not is_patient(class) or patient_slots < patient_limit(capacity))
local ahead, wait = 0, 0
if waiting > 0 or not room then
  ahead, wait = estimate(backlog, class, redis.call('ZCARD', backlog .. ':' .. class .. ':' .. flow), flow)
end
local offered = room and ahead == 0 and not waits(backlog, class)
if redis.call('ZCARD', live) >= max_live then return answer('full', '', 0, ahead, wait) end
-- What waits first is accepted however slow the last ones were: only that shows whether it still is so.
if not offered and waiting > 0 and wait > tonumber(duration) then return answer('slow', '', 0, ahead, wait) end

local deadline = tostring(now + duration)
local record = { 'tenant', tenant, 'created', created, 'deadline', deadline, 'epoch', '0', 'seq', '0', 'channels', channel,
  'request', request, 'agent', agent, 'place', table.concat({ class, weight, cost, flow }, ' ') }
local function note(field, value)
  record[#record + 1] = field
  record[#record + 1] = value
end
if offered then note('slot', class) end
if provisional == '1' then note('provisional', '1') end
if body_hash ~= '' then note('idempotency', idempotency) end
if concurrency > 0 then note('concurrency', tenant_live) end
if rpm > 0 or tpm > 0 then note('window', window) end
if retention ~= '' then note('retention', retention) end
if trimmed ~= '' then note('trimmed', trimmed) end
if metadata ~= '' then note('metadata', metadata) end
redis.call('HSET', run, unpack(record))
redis.call('ZADD', all, created, id)
redis.call('ZREMRANGEBYRANK', all, 0, -most_listed - 1)
if retention ~= '' then
  redis.call('ZADD', kept, created, id)
  -- The oldest ones give way; one that still runs is kept as long as any run.
  for _, oldest in ipairs(redis.call('ZRANGE', kept, 0, -most_kept - 1)) do
    redis.call('ZREM', kept, oldest)
    if redis.call('HDEL', runs .. oldest, 'retention') == 1 and redis.call('HEXISTS', runs .. oldest, 'end') == 1 then
      redis.call('DEL', runs .. oldest, logs .. oldest)
    end
  end
end
redis.call('ZADD', live, deadline, id)
redis.call('HINCRBY', backlog, 'arrived:' .. class, 1)
redis.call('ZADD', leases, tostring(now + offer_ms), id)
if offered then count_slot(backlog, class, 1) end
if body_hash ~= '' then redis.call('HSET', idempotency, 'run', id, 'body', body_hash) end
if concurrency > 0 then redis.call('SADD', tenant_live, id) end
if rpm > 0 or tpm > 0 then
  used_requests = redis.call('HINCRBY', window, 'requests', 1)
  if used_requests == 1 then
    redis.call('PEXPIRE', window, 60000)
    reset = 60000
  end
end
return answer('accepted', created, offered and 1 or 0, ahead, wait)
