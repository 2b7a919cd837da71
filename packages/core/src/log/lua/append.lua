-- KEYS: live, then run and log of each frame
-- ARGV: retention ms, then for each frame: id, epoch, seq, '1' when visible or '', end reason or '', tokens, payload
local live, retention = KEYS[1], ARGV[1]

local function append(run, log, id, epoch, seq, visible, reason, tokens, payload)
  local record = redis.call('HMGET', run, 'epoch', 'seq', 'end', 'channels')
  if not record[1] then return 'unknown' end
  if record[1] ~= epoch then return record[3] and 'ended' or 'fenced' end
  local stored = tonumber(record[2])
  if tonumber(seq) <= stored then return 'stored' end
  if record[3] then return 'ended' end
  if tonumber(seq) ~= stored + 1 then return 'gap' end
  redis.call('XADD', log, seq .. '-0', 'p', payload)
  if visible == '1' then
    redis.call('HSET', run, 'seq', seq, 'visible', '1')
  else
    redis.call('HSET', run, 'seq', seq)
  end
  if reason ~= '' then finish(id, run, log, live, reason, tokens, retention) end
  announce(record[4], id, seq, payload)
  return 'stored'
end

local outcomes = {}
for frame = 1, (#ARGV - 1) / 7 do
  local key, arg = 2 * frame, 7 * frame - 6
  outcomes[frame] = append(KEYS[key], KEYS[key + 1], unpack(ARGV, arg + 1, arg + 7))
end
publish_announced()
return outcomes
