-- Offers the runs to the workers that are next, as many as there is room for: by class, and within one by start-time fair queueing
-- over its flows. Gives id, epoch and class of each, and last how many runs still wait.
-- KEYS: backlog, leases, deferred · ARGV: what the runs' keys start with, most runs, ms in which a job must be added, after how
-- many runs of other classes one of a patient class is due
local backlog, leases, deferred = unpack(KEYS)
local runs, most, offer_ms, share = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000

for _, id in ipairs(redis.call('ZRANGEBYSCORE', deferred, '-inf', now, 'LIMIT', 0, 256)) do
  redis.call('ZREM', deferred, id)
  local record = redis.call('HMGET', runs .. id, 'place', 'end', 'created')
  if record[1] and not record[2] then enqueue(backlog, id, record[1], record[3]) end
end

local figures = redis.call('HMGET', backlog, 'capacity', 'slots', 'slots:patient', 'waiting', 'last', 'interval', 'passed:flex',
  'passed:batch')
for index = 1, 8 do figures[index] = tonumber(figures[index] or 0) end
local capacity, slots, patient_slots, waiting, last, interval = unpack(figures)
-- How many runs of higher classes have started since one of a patient class that waits.
local passed = { flex = figures[7], batch = figures[8] }

-- Counts the slots by the runs that have one.
local function recount()
  local counts = { priority = 0, live = 0, flex = 0, batch = 0 }
  for _, id in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
    local class = redis.call('HGET', runs .. id, 'slot')
    if class then counts[class] = counts[class] + 1 end
  end
  patient_slots = counts.flex + counts.batch
  slots = counts.priority + counts.live + patient_slots
  redis.call('HSET', backlog, 'slots', slots, 'slots:patient', patient_slots, 'slots:priority', counts.priority,
    'slots:batch', counts.batch)
end

local leased = redis.call('ZCARD', leases)
-- Whoever has a slot has a lease. A higher count is that of runs whose records were lost, and would stay for ever.
if slots > leased then recount() end
-- When nothing waits or runs, there is nobody to be fair to.
if waiting == 0 and leased == 0 then
  for _, class in ipairs(classes) do redis.call('DEL', backlog .. ':idle:' .. class, backlog .. ':weights:' .. class) end
end
local most_slots, most_patient = slot_limit(capacity), patient_limit(capacity)

-- The class whose turn it is, or nil when none has both runs and room.
local function choose()
  local patient_room = patient_slots < most_patient
  local chosen
  for _, class in ipairs({ 'batch', 'flex' }) do
    if patient_room and passed[class] >= share and waits(backlog, class) then
      passed[class] = 0
      return class
    end
  end
  for _, class in ipairs(classes) do
    if (patient_room or not is_patient(class)) and waits(backlog, class) then
      if not chosen then
        chosen = class
        if passed[class] then passed[class] = 0 end
      elseif passed[class] then
        passed[class] = passed[class] + 1
      end
    end
  end
  return chosen
end

-- Takes the next run of a class; nil when what stood there is over.
local function take(class)
  local flows = backlog .. ':flows:' .. class
  local next_flow = redis.call('ZRANGE', flows, 0, 0, 'WITHSCORES')
  local flow, tag = next_flow[1], tonumber(next_flow[2])
  local queue = backlog .. ':' .. class .. ':' .. flow
  local id = redis.call('ZPOPMIN', queue)[1]
  local record = id and redis.call('HMGET', runs .. id, 'epoch', 'end', 'charged', 'place') or {}
  if id then
    waiting = count_waiting(backlog, class, -1)
    redis.call('ZREM', backlog .. ':since:' .. class, id)
  end
  local due = record[1] and not record[2]
  if due then
    local virtual = math.max(tag, tonumber(redis.call('HGET', backlog, 'virtual:' .. class) or 0))
    redis.call('HSET', backlog, 'virtual:' .. class, virtual)
    if not record[3] then
      local _, weight, cost = read_place(record[4])
      tag = math.max(tag, virtual) + cost / weight
      redis.call('HSET', runs .. id, 'charged', '1')
    end
    redis.call('ZREMRANGEBYSCORE', backlog .. ':idle:' .. class, '-inf', virtual)
  end
  if redis.call('ZCARD', queue) == 0 then rest(backlog, class, flow, tag) else redis.call('ZADD', flows, tag, flow) end
  if due then return { id, tonumber(record[1]), class } end
end

local released = {}
local looks = 0
while #released < most and slots < most_slots and looks < 4 * most do
  looks = looks + 1
  local class = choose()
  if not class then break end
  local run = take(class)
  if run then
    slots = slots + 1
    if is_patient(class) then patient_slots = patient_slots + 1 end
    count_slot(backlog, class, 1)
    redis.call('HSET', runs .. run[1], 'slot', class)
    redis.call('ZADD', leases, now + offer_ms, run[1])
    released[#released + 1] = run
  end
end

redis.call('HSET', backlog, 'passed:flex', passed.flex, 'passed:batch', passed.batch)
if #released > 0 then
  -- How long one run takes to be released while others wait, which says how long the next ones have to.
  if last > 0 then
    -- A pause of the workers or of Redis stands in one figure, and says little of the next. The first one has none to be measured by.
    local usual = interval > 0 and math.max(interval, 10) or 1000
    local each = math.min((now - last) / #released, 10 * usual)
    redis.call('HSET', backlog, 'interval', tostring(interval > 0 and interval + 0.1 * (each - interval) or each))
  end
  redis.call('HSET', backlog, 'last', waiting > 0 and tostring(now) or '0')
end
released[#released + 1] = waiting
return released
