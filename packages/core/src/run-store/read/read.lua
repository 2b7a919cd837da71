-- Reads a page of frames; shorter than the limit where they are large.
-- KEYS: run, log · ARGV: after seq, limit, channel to attach or '', '1' for the header or ''
local run, log = KEYS[1], KEYS[2]
local most_bytes = 65536
local record = redis.call('HMGET', run, 'seq', 'end', 'channels', 'provisional')
if not record[1] then return { 'unknown' } end
local channel = ARGV[3]
if channel ~= '' and not record[2] then
  local attached = ' ' .. record[3] .. ' '
  if not string.find(attached, ' ' .. channel .. ' ', 1, true) then
    redis.call('HSET', run, 'channels', record[3] .. ' ' .. channel)
  end
  -- Whoever reads it knows its id, so its acceptance has been told: it is not dropped any more.
  if record[4] then redis.call('HDEL', run, 'provisional') end
end
-- A page has a bound in bytes too: frames may be of any size, and a reader that has stopped keeps its page.
local frames, bytes, step = {}, 0, 16
while #frames < tonumber(ARGV[2]) and bytes < most_bytes do
  local entries = redis.call('XRANGE', log, (ARGV[1] + #frames + 1) .. '-0', '+', 'COUNT', math.min(step, ARGV[2] - #frames))
  for _, entry in ipairs(entries) do
    frames[#frames + 1] = entry[2][2]
    bytes = bytes + #entry[2][2]
  end
  if #entries < step then break end
  step = step * 2
end
-- Record and log expire together, but not in the same instant: half a run is no run.
if #frames == 0 and tonumber(ARGV[1]) < tonumber(record[1]) then return { 'unknown' } end
local header = {}
if ARGV[4] == '1' then header = redis.call('HMGET', run, 'tenant', 'created', 'request') end
return { 'found', tonumber(record[1]), record[2] and 1 or 0, frames, header }
