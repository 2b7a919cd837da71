-- Takes runs out of the backlog.
-- KEYS: backlog, then the runs · ARGV: ids
local backlog = KEYS[1]
for index, id in ipairs(ARGV) do
  local place = redis.call('HGET', KEYS[index + 1], 'place')
  if place then
    local class, _, _, flow = read_place(place)
    local queue = backlog .. ':' .. class .. ':' .. flow
    if redis.call('ZREM', queue, id) == 1 then
      count_waiting(backlog, class, -1)
      local tag = redis.call('ZSCORE', backlog .. ':flows:' .. class, flow)
      if tag and redis.call('ZCARD', queue) == 0 then rest(backlog, class, flow, tag) end
    end
  end
end
return 1
