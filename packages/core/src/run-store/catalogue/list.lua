-- Walks a list of runs, a bounded way, and gives the ids of those that fit, and last where it stopped: an id, '' at the end of the list,
-- '^' before its beginning, or '?' when the id to start after is not in it. Runs that have expired leave the list.
-- KEYS: list · ARGV: what names of records begin with, 'asc' or 'desc', id to start after, '@' and a score to start behind (with '(': before those that have it), or '', most to find, most to look at, tenant
-- or '', agent or '', end or '', metadata as JSON or ''
local list = KEYS[1]
local runs, order, after, most, looks, tenant, agent, ending, metadata = unpack(ARGV)
local rank, range = 'ZREVRANK', 'ZREVRANGE'
if order == 'asc' then rank, range = 'ZRANK', 'ZRANGE' end
local start = 0
local place = string.match(after, '^@(.*)$')
if place then
  local from, to = place, '+inf'
  if order == 'asc' then from, to = '-inf', place end
  start = redis.call('ZCOUNT', list, from, to)
elseif after ~= '' then
  local at = redis.call(rank, list, after)
  if not at then return { '?' } end
  start = at + 1
end
local wanted = metadata ~= '' and cjson.decode(metadata) or nil

local function has_metadata(text)
  if not text then return false end
  local pairs_of_run = cjson.decode(text)
  for name, value in pairs(wanted) do
    if pairs_of_run[name] ~= value then return false end
  end
  return true
end

local function fits(record)
  if tenant ~= '' and record[1] ~= tenant then return false end
  if agent ~= '' and record[2] ~= agent then return false end
  if ending == 'live' and record[3] then return false end
  if ending ~= '' and ending ~= 'live' and record[3] ~= ending then return false end
  return not wanted or has_metadata(record[4])
end

local found, looked, last = {}, 0, ''
while #found < tonumber(most) do
  if looked >= tonumber(looks) then
    found[#found + 1] = last
    return found
  end
  local id = redis.call(range, list, start, start)[1]
  if not id then
    found[#found + 1] = ''
    return found
  end
  looked = looked + 1
  local record = redis.call('HMGET', runs .. id, 'tenant', 'agent', 'end', 'metadata')
  if record[1] then
    start, last = start + 1, id
    if fits(record) then found[#found + 1] = id end
  else
    redis.call('ZREM', list, id)
    -- Nothing is left to go on from: whoever asks begins anew.
    if last == '' then last = after == '' and '^' or after end
  end
end
found[#found + 1] = last
return found
