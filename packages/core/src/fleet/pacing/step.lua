-- One step of a worker on the lanes to a provider: the same rules as models/pacing/step-lanes.ts.
-- KEYS: providers (hash, lane name to JSON), worker reports (hash, worker to the time of its last one and more)
-- ARGV: step and rules as JSON, clock in ms (only in tests)
local step = cjson.decode(ARGV[1])
local rules = step.rules
local time = redis.call('TIME')
local now_ms = tonumber(ARGV[2]) or (time[1] * 1000 + math.floor(time[2] / 1000))

local function read(name)
  local lane = {
    pausedUntilMs = 0, failures = 0, failedSinceMs = 0, openMs = 0, openUntilMs = 0, probe = '',
    limit = 0, loweredAtMs = 0, refusedAtMs = 0, calls = {},
  }
  local text = redis.call('HGET', KEYS[1], name)
  if text then for field, value in pairs(cjson.decode(text)) do lane[field] = value end end
  return lane
end

local function is_alive(worker)
  local said_ms = string.match(redis.call('HGET', KEYS[2], worker) or '', '^%d+')
  return said_ms and now_ms - said_ms < rules.deadAfterMs
end

local function age(lane)
  if lane.pausedUntilMs <= now_ms then lane.pausedUntilMs = 0 end
  if now_ms - lane.failedSinceMs > rules.failuresWithinMs then lane.failures = 0 end
  if now_ms - lane.loweredAtMs > rules.limitMs then lane.limit = 0 end
  if now_ms - lane.refusedAtMs > rules.limitMs then lane.refusedAtMs = 0 end
  for worker in pairs(lane.calls) do
    if not is_alive(worker) then lane.calls[worker] = nil end
  end
end

local function hold(lane, calls)
  lane.calls[step.worker] = calls > 0 and calls or nil
end

local function count(lane)
  local sum = 0
  for _, calls in pairs(lane.calls) do sum = sum + calls end
  return sum
end

local function judge_probe(lane, report)
  if lane.probe ~= report.call then return end
  lane.probe = ''
  if report.result == 'answered' then
    lane.openMs, lane.openUntilMs = 0, 0
  elseif report.result == 'unknown' then
    lane.openUntilMs = now_ms
  else
    lane.openMs = math.min(lane.openMs * 2, rules.maxOpenMs)
    lane.openUntilMs = now_ms + lane.openMs
  end
end

local function count_failure(lane, report)
  if report.result == 'answered' then
    lane.failures, lane.failedSinceMs = 0, 0
  elseif report.result == 'failed' then
    if lane.failures == 0 then lane.failedSinceMs = now_ms end
    lane.failures = lane.failures + 1
    if lane.failures >= rules.failures then
      lane.failures, lane.failedSinceMs = 0, 0
      lane.openMs, lane.openUntilMs = rules.openMs, now_ms + rules.openMs
    end
  end
end

local function lower_limit(lane)
  if lane.refusedAtMs > 0 then
    local taken = math.max(1, math.floor(count(lane) * rules.lowerTo))
    lane.limit = lane.limit > 0 and math.min(lane.limit, taken) or taken
    lane.loweredAtMs = now_ms
  end
  lane.refusedAtMs = now_ms
end

local function raise_limit(lane, report)
  if report.result ~= 'answered' then return end
  lane.refusedAtMs = 0
  if lane.limit == 0 then return end
  if count(lane) < math.floor(lane.limit) then return end
  local limit = lane.limit + math.max(1 / lane.limit, rules.raiseBy)
  lane.limit = math.floor(limit * 1e6 + 0.5) / 1e6
end

local function tell(lane, report)
  if lane.openMs > 0 then judge_probe(lane, report) else count_failure(lane, report) end
  if report.slowDown then lower_limit(lane) else raise_limit(lane, report) end
  if report.pauseMs > 0 then
    lane.pausedUntilMs = math.max(lane.pausedUntilMs, now_ms + math.min(report.pauseMs, rules.maxPauseMs))
  end
end

-- What lanes are told that the report is not about.
local function beside(report)
  local result = report.result == 'answered' and not report.slowDown and 'answered' or 'unknown'
  return { call = report.call, result = result, slowDown = false, pauseMs = 0 }
end

local function is_full(lane, cap)
  local calls = count(lane)
  if cap > 0 and calls > cap then return true end
  return lane.limit > 0 and calls > math.max(1, math.floor(lane.limit))
end

local function refuse(lane, cap)
  if lane.pausedUntilMs > now_ms then return 'paused', lane.pausedUntilMs - now_ms end
  if lane.openMs > 0 and lane.openUntilMs > now_ms then
    local rest_ms = lane.openUntilMs - now_ms
    if lane.probe ~= '' then rest_ms = math.min(rest_ms, rules.probingWaitMs) end
    return 'open', rest_ms
  end
  if is_full(lane, cap) then return 'full', rules.fullWaitMs end
end

local lanes = {}
local refusal
for index, stepped in ipairs(step.lanes) do
  local lane = read(stepped.name)
  lanes[index] = lane
  age(lane)
  hold(lane, stepped.calls)
  local report = step.report
  if report then tell(lane, report.lane == stepped.name and report or beside(report)) end
  if step.enter then
    local reason, wait_ms = refuse(lane, stepped.cap)
    if reason and (not refusal or wait_ms > refusal.waitMs) then
      refusal = { reason = reason, waitMs = wait_ms, lane = stepped.name }
    end
  end
end

local is_probe, is_free = false, true
for index, stepped in ipairs(step.lanes) do
  local lane = lanes[index]
  if refusal then
    hold(lane, stepped.calls - 1)
  elseif step.enter and lane.openMs > 0 then
    lane.probe, lane.openUntilMs, is_probe = step.enter, now_ms + rules.probeMs, true
  end
  local is_blank = lane.pausedUntilMs == 0 and lane.failures == 0 and lane.openMs == 0 and lane.limit == 0
    and lane.refusedAtMs == 0
  is_free = is_free and is_blank and stepped.cap == 0
  if is_blank and next(lane.calls) == nil then
    redis.call('HDEL', KEYS[1], stepped.name)
  else
    redis.call('HSET', KEYS[1], stepped.name, cjson.encode(lane))
  end
end
return cjson.encode({ refusal = refusal, isProbe = is_probe, isFree = is_free })
