-- What waits, for who looks: for each class its name, how many runs wait, how many flows they are of, and of the flows that are due
-- first: name, runs, the first run's id and when it was accepted. Last the runs that come back later, the ms that a run takes to be
-- released, those offered or held, the room, and the clock.
-- KEYS: backlog, deferred · ARGV: what the runs' keys start with, most flows of a class
local backlog, deferred = KEYS[1], KEYS[2]
local runs, most = ARGV[1], tonumber(ARGV[2])
local found = {}
for index, class in ipairs(classes) do
  local flows = backlog .. ':flows:' .. class
  local entry = { class, tonumber(redis.call('HGET', backlog, 'waiting:' .. class) or 0), redis.call('ZCARD', flows), {} }
  for at, flow in ipairs(redis.call('ZRANGE', flows, 0, most - 1)) do
    local queue = backlog .. ':' .. class .. ':' .. flow
    local first = redis.call('ZRANGE', queue, 0, 0)[1] or ''
    local created = first ~= '' and redis.call('HGET', runs .. first, 'created') or false
    entry[4][at] = { flow, redis.call('ZCARD', queue), first, tonumber(created or 0) }
  end
  found[index] = entry
end
local figures = redis.call('HMGET', backlog, 'interval', 'slots', 'capacity')
return { found, redis.call('ZCARD', deferred), math.ceil(tonumber(figures[1] or 0)), tonumber(figures[2] or 0),
  tonumber(figures[3] or 0), now_ms() }
