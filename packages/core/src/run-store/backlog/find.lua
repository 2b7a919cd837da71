-- Where runs stand: for each its place from 0, or -1 when it does not wait, and in how many ms it starts (-1: not known).
-- KEYS: backlog, then the runs · ARGV: ids
local found = {}
for index, id in ipairs(ARGV) do
  local place = redis.call('HGET', KEYS[index + 1], 'place')
  local class, flow, own, _
  if place then
    class, _, _, flow = read_place(place)
    own = redis.call('ZRANK', KEYS[1] .. ':' .. class .. ':' .. flow, id)
  end
  if own then found[index] = { estimate(KEYS[1], class, own, flow) } else found[index] = { -1, -1 } end
end
return found
