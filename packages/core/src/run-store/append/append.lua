-- Stores and publishes frames. Gives the outcome of each, and last how many runs wait when one of these has ended.
-- KEYS: live, leases, backlog, then run and log of each frame
-- ARGV: retention ms, then for each frame: id, epoch, seq, '1' when visible or '', '1' when tools start after it or '',
-- end reason or '', tokens, '1' when the same request may be sent again or '', payload
local backlog, retention = KEYS[3], ARGV[1]

local function append(run, log, id, epoch, seq, visible, tools, reason, tokens, again, payload)
  local record = redis.call('HMGET', run, 'epoch', 'seq', 'end', 'channels')
  if not record[1] then return 'unknown' end
  if record[1] ~= epoch then return record[3] and 'ended' or 'fenced' end
  local stored = tonumber(record[2])
  if tonumber(seq) <= stored then return 'stored' end
  if record[3] then return 'ended' end
  if tonumber(seq) ~= stored + 1 then return 'gap' end
  redis.call('XADD', log, seq .. '-0', 'p', payload)
  if tools == '1' then redis.call('HSET', run, 'tools', '1') end
  local fields = { 'seq', seq }
  if visible == '1' then fields = { 'seq', seq, 'visible', '1' } end
  if reason ~= '' then
    finish(id, run, log, backlog, reason, tokens, again, retention, unpack(fields))
  else
    redis.call('HSET', run, unpack(fields))
  end
  announce(record[4], id, seq, payload)
  return 'stored', record[4]
end

local outcomes, announced = {}, {}
for frame = 1, (#ARGV - 1) / 9 do
  local key, arg = 2 * frame + 2, 9 * frame - 8
  outcomes[frame], announced[frame] = append(KEYS[key], KEYS[key + 1], unpack(ARGV, arg + 1, arg + 9))
end

settle_ended(KEYS[1], KEYS[2], backlog)
local receivers = publish_announced()
for frame, channels in pairs(announced) do
  if receivers[channels] == 0 then outcomes[frame] = 'no-subscribers' end
end
outcomes[#outcomes + 1] = #ended.ids > 0 and tonumber(redis.call('HGET', backlog, 'waiting') or 0) or 0
return outcomes
