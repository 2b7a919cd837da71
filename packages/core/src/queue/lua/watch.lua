-- Holds the next check for dead workers back while locks say nothing: when nobody has looked for a while, Redis itself was away,
-- and locks ran out of workers that live. They get some time to come back.
-- KEYS: looks, BullMQ's mark that a check was just done · ARGV: longest pause between two looks in ms, time to come back in ms
local looks, checked = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local seen = redis.call('HMGET', looks, 'last', 'since')
local pause = now - (seen[1] or 0)
local since = tonumber(seen[2])
if not since or pause > tonumber(ARGV[1]) or pause < 0 then since = now end
redis.call('HSET', looks, 'last', now, 'since', since)
local left = since + ARGV[2] - now
if left > 0 then redis.call('SET', checked, now, 'PX', left) end
return 'looked'
