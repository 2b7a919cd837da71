-- What an autoscaler and an operator want to know. Also puts right for how many runs the living workers have room, when the last of
-- them has died, and moves the rates on, at most once a second for all who ask: so they agree, and one that has just started knows
-- them. Gives JSON.
-- KEYS: backlog, leases, deferred, workers by expiry, rooms by worker · ARGV: what the runs' keys start with, ms in which a rate
-- forgets (to 37 %)
local backlog, leases, deferred, workers, rooms = unpack(KEYS)
local runs, forget_ms = ARGV[1], tonumber(ARGV[2])
local now = now_ms()

-- Room here, room of the same workers in all partitions, and how many workers have any.
local function count_room()
  local capacity, total, living = 0, 0, 0
  for _, worker in ipairs(redis.call('ZRANGEBYSCORE', workers, '(' .. now, '+inf')) do
    local room = redis.call('HGET', rooms, worker) or '0'
    local all = tonumber(string.match(room, '%d+$'))
    capacity, total = capacity + string.match(room, '^%d+'), total + all
    if all > 0 then living = living + 1 end
  end
  return capacity, total, living
end

-- Since when the oldest run waits that was offered and that no worker has taken; looked for only when there are such.
local function oldest_offered()
  local oldest = now
  for _, id in ipairs(redis.call('ZRANGE', leases, 0, 31)) do
    local record = redis.call('HMGET', runs .. id, 'slot', 'control', 'created', 'end')
    if record[1] and (not record[2] or record[2] == '') and record[3] and not record[4] then
      oldest = math.min(oldest, tonumber(record[3]))
    end
  end
  return oldest
end

local names = { 'slots', 'slots:patient', 'slots:priority', 'slots:batch', 'rates' }
for _, class in ipairs(classes) do
  for _, kind in ipairs({ 'waiting:', 'arrived:', 'served:', 'busy:' }) do names[#names + 1] = kind .. class end
end
local figures, values = {}, redis.call('HMGET', backlog, unpack(names))
for index, name in ipairs(names) do figures[name] = values[index] end
local function figure(name) return math.max(0, tonumber(figures[name] or 0)) end

local rates = figures['rates'] and cjson.decode(figures['rates'])
local counted = {}
for _, class in ipairs(classes) do
  counted[class] = { figure('arrived:' .. class), figure('served:' .. class), figure('busy:' .. class) }
end
local span = rates and now - rates.at or 0
if not rates or span < 0 then
  rates = { at = now, counted = counted, each = {} }
  for _, class in ipairs(classes) do rates.each[class] = { 0, 0, 0 } end
elseif span >= 1000 then
  local share = 1 - math.exp(-span / forget_ms)
  for _, class in ipairs(classes) do
    local each, before = rates.each[class], rates.counted[class]
    for kind = 1, 3 do
      local rate = math.max(0, counted[class][kind] - before[kind]) / span
      each[kind] = each[kind] + share * (rate - each[kind])
    end
  end
  rates.at, rates.counted = now, counted
end

local capacity, total, living = count_room()
redis.call('HSET', backlog, 'capacity', capacity, 'rates', cjson.encode(rates))

local slots, patient = figure('slots'), figure('slots:patient')
local priority, batch = figure('slots:priority'), figure('slots:batch')
local offered = { priority = priority, live = slots - patient - priority, flex = patient - batch, batch = batch }
local found = {}
for _, class in ipairs(classes) do
  local each = rates.each[class]
  local first = redis.call('ZRANGE', backlog .. ':since:' .. class, 0, 0, 'WITHSCORES')
  found[#found + 1] = {
    class = class,
    waiting = figure('waiting:' .. class),
    offered = math.max(0, offered[class]),
    oldestMs = first[2] and math.max(0, now - first[2]) or 0,
    arrivalsPerSecond = each[1] * 1000,
    servedPerSecond = each[2] * 1000,
    busySlots = each[3],
  }
end
return cjson.encode({
  nowMs = now,
  room = total,
  workers = living,
  offered = slots,
  deferred = redis.call('ZCARD', deferred),
  oldestOfferedMs = slots > capacity and now - oldest_offered() or 0,
  classes = found,
})
