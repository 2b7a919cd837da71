-- KEYS: run, log, live, waiting · ARGV: id, control channel, retention ms, payload of a frame that says `deadline`
local run, log, live, waiting = unpack(KEYS)
local id = ARGV[1]
local record = redis.call('HMGET', run, 'epoch', 'seq', 'end', 'visible', 'tenant', 'request', 'deadline', 'created', 'channels')
redis.call('ZREM', waiting, id)
if not record[1] then return { 'unknown' } end
if record[3] then return { 'ended' } end

local now = now_ms()
local epoch = redis.call('HINCRBY', run, 'epoch', 1)
if tonumber(record[7]) <= now then
  -- Too late for the model: the run ends here, under the new epoch, so that a zombie cannot write either.
  local seq = record[2] + 1
  redis.call('XADD', log, seq .. '-0', 'p', ARGV[4])
  redis.call('HSET', run, 'seq', seq)
  finish(id, run, log, live, 'cancelled', 0, '', ARGV[3])
  announce(record[9], id, seq, ARGV[4])
  publish_announced()
  return { 'ended' }
end
redis.call('HSET', run, 'control', ARGV[2])
return { 'claimed', epoch, tonumber(record[2]), record[4] or '', record[5], record[6], record[7] - now, now - record[8] }
