-- A file begins that is empty and grows. Safe to send twice.
-- KEYS: usage, files, index, index of the purpose, expiry. ARGV: file id, record, member of the expiry, when it expires in ms or ''.
if redis.call('HSETNX', KEYS[2], ARGV[1], ARGV[2]) == 0 then
  return
end
redis.call('HINCRBY', KEYS[1], 'files', 1)
redis.call('ZADD', KEYS[3], 0, ARGV[1])
redis.call('ZADD', KEYS[4], 0, ARGV[1])
if ARGV[4] ~= '' then
  redis.call('ZADD', KEYS[5], ARGV[4], ARGV[3])
end
