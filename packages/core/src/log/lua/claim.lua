-- Starts a further attempt at a run; the one before is fenced from then on. Whoever calls it publishes what it announces.
-- `late` is the payload of a frame that says `deadline`.
local function claim(id, run, log, live, waiting, control, retention, late)
  local record = redis.call('HMGET', run, 'epoch', 'seq', 'end', 'visible', 'tenant', 'request', 'deadline', 'created', 'channels',
    'provisional')
  redis.call('ZREM', waiting, id)
  if not record[1] then return { 'unknown' } end
  if record[3] then return { 'ended' } end

  local now = now_ms()
  if tonumber(record[7]) <= now then
    -- Too late for the model: the run ends here, under the new epoch, so that a zombie cannot write either.
    local seq = record[2] + 1
    redis.call('XADD', log, seq .. '-0', 'p', late)
    finish(id, run, log, live, 'cancelled', 0, '', retention, 'epoch', record[1] + 1, 'seq', seq)
    announce(record[9], id, seq, late)
    return { 'ended' }
  end
  local epoch = record[1] + 1
  redis.call('HSET', run, 'epoch', epoch, 'control', control)
  return { 'claimed', epoch, tonumber(record[2]), record[4] or '', record[5], record[6], record[7] - now, now - record[8],
    record[10] or '' }
end
