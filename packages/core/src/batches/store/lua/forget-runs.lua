-- Lets runs go whose results are written. KEYS: runs and their logs. ARGV: ms
for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, ARGV[1], 'LT')
end
