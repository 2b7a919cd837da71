-- Notes facts of runs, and adds what they used to the day.
-- KEYS: journal, usage of the day · ARGV: most facts, most fields of a day, ms that a day is kept, number of facts, the facts, then
-- for each figure: field, number
local journal, usage = KEYS[1], KEYS[2]
local most_facts, most_fields, kept, facts = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
for index = 5, 4 + facts do
  redis.call('XADD', journal, 'MAXLEN', '~', most_facts, '*', 'f', ARGV[index])
end
for index = 5 + facts, #ARGV, 2 do
  -- A day of very many tenants and agents counts those that come late together.
  local field = ARGV[index]
  if redis.call('HLEN', usage) >= most_fields and redis.call('HEXISTS', usage, field) == 0 then
    field = string.gsub(field, '^(%S+) .*$', '%1 other other')
  end
  redis.call('HINCRBYFLOAT', usage, field, ARGV[index + 1])
end
if #ARGV > 4 + facts then redis.call('PEXPIRE', usage, kept) end
return facts
