-- How many workers live, what they (or, when none does, the last ones) announced, and when each agent came up first.
-- KEYS: workers, workers seen, announcements, agents created. ARGV: lease ms, kept ms.
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)

-- '(' leaves out the bound itself: it has used up its lease.
local function after(ms)
  return string.format('(%.0f', ms)
end

local ids = redis.call('ZRANGE', KEYS[1], after(now_ms - ARGV[1]), '+inf', 'BYSCORE')
local live = #ids
if live == 0 then
  -- Workers that stop together are last seen within one lease of each other.
  local last = redis.call('ZRANGE', KEYS[2], 0, 0, 'REV', 'WITHSCORES')
  if last[2] and tonumber(last[2]) > now_ms - ARGV[2] then
    ids = redis.call('ZRANGE', KEYS[2], after(last[2] - ARGV[1]), '+inf', 'BYSCORE')
  end
end

-- Workers of one deployment announce the same text: each text is sent once, with its latest start.
local latest = {}
for _, id in ipairs(ids) do
  local started, text = string.match(redis.call('HGET', KEYS[3], id) or '', '^(%d+) (.*)$')
  if text and tonumber(started) > tonumber(latest[text] or -1) then
    latest[text] = started
  end
end
local announcements = {}
for text, started in pairs(latest) do
  announcements[#announcements + 1] = { started, text }
end
return { live, announcements, redis.call('HGETALL', KEYS[4]) }
