-- Where runs stand: for each its place from 0, or -1 when it does not wait, and in how many ms it starts (-1: not known). One that was put off
-- comes back in front.
-- KEYS: backlog, deferred, then the runs · ARGV: ids
local now = now_ms()
local found = {}
for index, id in ipairs(ARGV) do
  local place = redis.call('HGET', KEYS[index + 2], 'place')
  local class, flow, own, _
  if place then
    class, _, _, flow = read_place(place)
    own = redis.call('ZRANK', KEYS[1] .. ':' .. class .. ':' .. flow, id)
  end
  local back = not own and redis.call('ZSCORE', KEYS[2], id)
  if own then
    found[index] = { estimate(KEYS[1], class, own, flow) }
  elseif back then
    found[index] = { 0, math.max(0, math.ceil(back - now)) }
  else
    found[index] = { -1, -1 }
  end
end
return found
