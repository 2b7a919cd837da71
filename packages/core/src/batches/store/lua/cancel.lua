-- Asks for the end of a batch; who drives it looks for that. Gives its status then, or false for none.
-- KEYS: batch. ARGV: now in s
local batch = KEYS[1]
local status = redis.call('HGET', batch, 'status')
if status == 'validating' or status == 'in_progress' then
  redis.call('HSET', batch, 'status', 'cancelling', 'cancelling_at', ARGV[1], 'ending', 'cancelled')
  return 'cancelling'
end
return status
