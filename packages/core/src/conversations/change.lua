-- Changes a conversation, if it is there, and lets its retention begin anew.
-- KEYS: head, entries, removed items · ARGV: 'metadata', metadata; or 'append', expected number of entries or '', most entries, entries…;
-- or 'remove', item
local head, entries, removed = unpack(KEYS)
local retention = redis.call('HGET', head, 'retention')
if not retention then return 'unknown' end

local function append(expected, most, ...)
  local added = { ... }
  local known = redis.call('LRANGE', entries, 0, -1)
  local there = {}
  for _, entry in ipairs(known) do there[entry] = true end
  if expected ~= '' and #known ~= tonumber(expected) then return there[added[1]] and 'done' or 'changed' end
  if #known + #added > tonumber(most) then return 'full' end
  for _, entry in ipairs(added) do
    if not there[entry] then redis.call('RPUSH', entries, entry) end
  end
  return 'done'
end

local outcome = 'done'
if ARGV[1] == 'metadata' then
  redis.call('HSET', head, 'metadata', ARGV[2])
elseif ARGV[1] == 'append' then
  outcome = append(unpack(ARGV, 2))
else
  redis.call('SADD', removed, ARGV[2])
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, retention) end
return outcome
