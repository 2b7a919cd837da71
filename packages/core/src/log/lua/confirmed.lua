-- Gives 1 unless the run is provisional. Then it gives 0 and asks those who listen: sequence 0 is no frame's.
-- KEYS: run · ARGV: id
local record = redis.call('HMGET', KEYS[1], 'provisional', 'channels')
if not record[1] then return 1 end
announce(record[2], ARGV[1], 0, '')
publish_announced()
return 0
