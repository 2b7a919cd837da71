-- Notes the next attempt of a line. KEYS: batch, open lines. ARGV: epoch, number, entry
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] or redis.call('HEXISTS', KEYS[2], ARGV[2]) == 0 then
  return 'fenced'
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return 'noted'
