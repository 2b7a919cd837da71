-- Lets runs of one tenant go whose results are written. KEYS: all runs, then the runs and their logs. ARGV: ms, ids
for index = 2, #KEYS do
  redis.call('PEXPIRE', KEYS[index], ARGV[1], 'LT')
end
redis.call('ZREM', KEYS[1], unpack(ARGV, 2))
