-- Finds runs whose lease has run out, and prolongs it for whoever called, who does what is due for each:
-- `lost`: its worker died; it is offered again. `unclaimed`: it was offered, and its job may have been lost. `unqueued`: it was
-- accepted and not put in the backlog. `abandoned`: so was this one, by a process that is gone and had told nobody.
-- When nobody has looked for a while, Redis itself was away, and leases ran out of workers that live: they get time to come back.
-- KEYS: leases, looks, backlog · ARGV: what the runs' keys start with, most runs, longest pause between two looks in ms, time to
-- come back in ms, ms in which a job must be added, ms after which a run may be abandoned
local leases, looks, backlog = unpack(KEYS)
local now = now_ms()
local seen = redis.call('HMGET', looks, 'last', 'since')
local pause = now - (seen[1] or 0)
local since = tonumber(seen[2])
if not since or pause > tonumber(ARGV[3]) or pause < 0 then since = now end
redis.call('HSET', looks, 'last', now, 'since', since)
if now < since + ARGV[4] then return {} end

local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, ARGV[2])) do
  local run = ARGV[1] .. id
  local record = redis.call('HMGET', run, 'epoch', 'end', 'control', 'slot', 'provisional', 'channels', 'created')
  local due
  if not record[1] or record[2] then
    redis.call('ZREM', leases, id)
  elseif record[5] then
    if now - record[7] >= tonumber(ARGV[6]) and not has_subscribers(record[6]) then due = 'abandoned' end
  elseif record[3] and record[3] ~= '' then
    redis.call('HSET', run, 'control', '')
    redis.call('HINCRBY', run, 'losses', 1)
    due = 'lost'
  elseif record[4] then
    due = 'unclaimed'
  else
    due = 'unqueued'
  end
  if record[1] and not record[2] then redis.call('ZADD', leases, tostring(now + ARGV[5]), id) end
  if due then found[#found + 1] = { due, id, tonumber(record[1]) } end
end
return found
