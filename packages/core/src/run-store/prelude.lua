-- Prelude of every script of the run store. A run is a hash (its record) and a stream (its log) whose entry ids carry
-- the sequence. `channels` lists the reply channels that follow it, separated by spaces; `place` is its place in the
-- backlog, as `CLASS WEIGHT COST FLOW`; `slot` is its class while it is offered to the workers or held by one, and stays when it ends.
-- Before this stand the commands of pub/sub, which are others in a Cluster: `publish` and `numsub`.

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Collects messages, so that runs with the same channels share one a script, however many frames it carries. Lua hashes
-- every byte of each string that it makes, so payloads are put together once.
local outbox = {}
local function announce(channels, id, seq, payload)
  local pieces = outbox[channels] or {}
  outbox[channels] = pieces
  local size = #pieces
  pieces[size + 1], pieces[size + 2], pieces[size + 3] = id .. ' ' .. seq .. ' ', payload, '\n'
end

-- Gives the number of subscribers that were reached by what was announced to the same channels.
local function publish_announced()
  local receivers = {}
  for channels, pieces in pairs(outbox) do
    local message = table.concat(pieces)
    receivers[channels] = 0
    for channel in string.gmatch(channels, '%S+') do
      receivers[channels] = receivers[channels] + redis.call(publish, channel, message)
    end
  end
  return receivers
end

local function has_subscribers(channels)
  for channel in string.gmatch(channels or '', '%S+') do
    if redis.call('PUBSUB', numsub, channel)[2] > 0 then return true end
  end
  return false
end

local function is_patient(class)
  return class == 'flex' or class == 'batch'
end

-- How many runs may be offered or held at once: what the workers have room for, and a little more, so that a worker that is done
-- finds its next run at once.
local function slot_limit(capacity)
  return capacity + math.max(2, math.ceil(capacity / 64))
end

-- How many of them may be patient: the rest is kept for those that somebody waits for.
local function patient_limit(capacity)
  return math.max(1, math.floor(capacity * 3 / 4))
end

-- Counts a slot as taken (1) or free (-1). What is neither counted as `priority` nor patient is `live`, and patient ones that are
-- not `batch` are `flex`: so that nearly all runs cost one command.
local function count_slot(backlog, class, change)
  redis.call('HINCRBY', backlog, 'slots', change)
  if is_patient(class) then redis.call('HINCRBY', backlog, 'slots:patient', change) end
  if class == 'priority' or class == 'batch' then redis.call('HINCRBY', backlog, 'slots:' .. class, change) end
end

-- Puts what the run really took in place of the estimate that its flow was charged.
local function correct_charge(backlog, place, tokens)
  local class, weight, cost, flow = string.match(place, '^(%S+) (%S+) (%S+) (.*)$')
  local change = (tokens - cost) / weight
  for _, kind in ipairs({ ':flows:', ':idle:' }) do
    local tags = backlog .. kind .. class
    if redis.call('ZSCORE', tags, flow) then redis.call('ZINCRBY', tags, change, flow) end
  end
end

-- What the runs have in common that end in this script; done once for all of them, by `settle_ended`.
local ended = { ids = {}, slots = {}, served = {}, busy = {} }
local function add_to(sums, class, amount)
  sums[class] = (sums[class] or 0) + amount
end

-- Marks the run as ended, and lets record, log and idempotency key expire together, after the run's own retention if it has one.
-- Whoever calls it calls `settle_ended` before the script ends. `again` is '1' when the same request may be sent again: its key is free
-- for a further run then, instead of repeating this failure. Not so when the run may have started a tool: a further run would start it
-- a second time. Further fields of the record and their values may follow.
local function finish(id, run, log, backlog, reason, tokens, again, retention, ...)
  redis.call('HSET', run, 'end', reason, ...)
  local extra = redis.call('HMGET', run, 'idempotency', 'concurrency', 'window', 'tools', 'slot', 'charged', 'place', 'retention',
    'trimmed', 'claimed')
  retention = extra[8] or retention
  redis.call('PEXPIRE', run, retention)
  redis.call('PEXPIRE', log, retention)
  ended.ids[#ended.ids + 1] = id
  -- No worker will need the rest of the request any more.
  if extra[9] then
    redis.call('HSET', run, 'request', extra[9])
    redis.call('HDEL', run, 'trimmed')
  end
  if extra[1] then
    if again == '1' and not extra[4] then redis.call('DEL', extra[1]) else redis.call('PEXPIRE', extra[1], retention) end
  end
  if extra[2] then redis.call('SREM', extra[2], id) end
  -- Tokens are charged to the minute that is open when the run ends, if one is.
  if extra[3] and tonumber(tokens) > 0 and redis.call('EXISTS', extra[3]) == 1 then
    redis.call('HINCRBY', extra[3], 'tokens', tokens)
  end
  if extra[5] then add_to(ended.slots, extra[5], -1) end
  -- How many runs were served, and for how long a worker had them.
  if extra[10] then
    local class = string.match(extra[7], '^%S+')
    add_to(ended.served, class, 1)
    add_to(ended.busy, class, math.max(0, now_ms() - extra[10]))
  end
  if extra[6] and tonumber(tokens) > 0 then correct_charge(backlog, extra[7], tokens) end
end

-- Takes the runs that have ended off what is live, and frees their slots.
local function settle_ended(live, leases, backlog)
  if #ended.ids == 0 then return end
  redis.call('ZREM', live, unpack(ended.ids))
  redis.call('ZREM', leases, unpack(ended.ids))
  for class, change in pairs(ended.slots) do count_slot(backlog, class, change) end
  for class, count in pairs(ended.served) do
    redis.call('HINCRBY', backlog, 'served:' .. class, count)
    redis.call('HINCRBY', backlog, 'busy:' .. class, ended.busy[class])
  end
end
