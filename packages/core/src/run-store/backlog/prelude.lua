-- Prelude of every script that works on the backlog, behind the one of the run store. Runs of one class and flow stand in a sorted set by a number that grows (`:CLASS:FLOW`;
-- those that come back have negative ones, by when they were accepted). Flows that have runs waiting stand in `:flows:CLASS` by the virtual time at which their next
-- run is due, and those that do not in `:idle:CLASS` by where they stopped, until the virtual time of their class has passed that.
-- Weights other than 1 of flows that have runs waiting stand in the hash `:weights:CLASS`, and under an empty name what they exceed 1 by, together.
-- Figures stand in the hash `backlog`. Since when a run waits stands in `:since:CLASS`.

local classes = { 'priority', 'live', 'flex', 'batch' }

local function read_place(place)
  local class, weight, cost, flow = string.match(place, '^(%S+) (%S+) (%S+) (.*)$')
  return class, tonumber(weight), tonumber(cost), flow
end

local function waits(backlog, class)
  return redis.call('EXISTS', backlog .. ':flows:' .. class) == 1
end

local function count_waiting(backlog, class, change)
  redis.call('HINCRBY', backlog, 'waiting:' .. class, change)
  return redis.call('HINCRBY', backlog, 'waiting', change)
end

-- Puts a run at the end of its flow, or in front of it when it comes back: then `created` says when it was accepted. A flow that comes back starts at the virtual time of its class, so that
-- it has saved nothing up; one that comes back too early starts where it stopped.
local function enqueue(backlog, id, place, created)
  local class, weight, _, flow = read_place(place)
  local queue, flows, idle = backlog .. ':' .. class .. ':' .. flow, backlog .. ':flows:' .. class, backlog .. ':idle:' .. class
  -- No clock in ms gets as far as that, and a score is exact up to nine times as much.
  local number = created and string.format('%.0f', created - 1e15) or redis.call('HINCRBY', backlog, 'number', 1)
  if redis.call('ZADD', queue, 'NX', number, id) == 0 then return end
  if not redis.call('ZSCORE', flows, flow) then
    local virtual = tonumber(redis.call('HGET', backlog, 'virtual:' .. class) or 0)
    redis.call('ZADD', flows, math.max(virtual, redis.call('ZSCORE', idle, flow) or 0), flow)
    redis.call('ZREM', idle, flow)
    local weights = backlog .. ':weights:' .. class
    if weight ~= 1 and redis.call('HSETNX', weights, flow, weight) == 1 then redis.call('HINCRBYFLOAT', weights, '', weight - 1) end
  end
  redis.call('ZADD', backlog .. ':since:' .. class, tostring(now_ms()), id)
  -- How long the first one has to wait says how fast runs are released.
  if count_waiting(backlog, class, 1) == 1 then redis.call('HSET', backlog, 'last', now_ms()) end
end

-- Lets a flow rest whose last waiting run is gone.
local function rest(backlog, class, flow, tag)
  redis.call('ZREM', backlog .. ':flows:' .. class, flow)
  redis.call('ZADD', backlog .. ':idle:' .. class, tag, flow)
  local weights = backlog .. ':weights:' .. class
  local weight = redis.call('HGET', weights, flow)
  if not weight then return end
  redis.call('HDEL', weights, flow)
  -- The last one takes along what rounding has left.
  if redis.call('HLEN', weights) == 1 then redis.call('DEL', weights) else redis.call('HINCRBYFLOAT', weights, '', 1 - weight) end
end

-- Takes a run out of its flow, if it is there.
local function leave(backlog, id, place)
  local class, _, _, flow = read_place(place)
  local queue = backlog .. ':' .. class .. ':' .. flow
  if redis.call('ZREM', queue, id) == 0 then return end
  redis.call('ZREM', backlog .. ':since:' .. class, id)
  count_waiting(backlog, class, -1)
  if redis.call('EXISTS', queue) == 0 then rest(backlog, class, flow, redis.call('ZSCORE', backlog .. ':flows:' .. class, flow)) end
end

-- How many runs start before one that has `own` runs of its flow before it, and in how many ms it starts (-1: not known): while its flow
-- starts one, all flows of its class start as many as their weights together are of its own. Without the flow all weigh the same.
local function estimate(backlog, class, own, flow)
  local before = 0
  for _, name in ipairs(classes) do
    local waiting = tonumber(redis.call('HGET', backlog, 'waiting:' .. name) or 0)
    if name == class then
      local flows = math.max(1, redis.call('ZCARD', backlog .. ':flows:' .. class))
      local weights = flow and redis.call('HMGET', backlog .. ':weights:' .. class, '', flow) or {}
      local share = (flows + (weights[1] or 0)) / (weights[2] or 1)
      before = before + math.min(waiting, math.floor(own * share + 0.5))
      break
    end
    before = before + waiting
  end
  local interval = tonumber(redis.call('HGET', backlog, 'interval') or 0)
  return before, interval > 0 and math.ceil((before + 1) * interval) or -1
end
