-- Lets the retention of kept runs begin anew. KEYS: record and log of each
for index = 1, #KEYS, 2 do
  local record = redis.call('HMGET', KEYS[index], 'retention', 'end')
  if record[1] and record[2] then
    redis.call('PEXPIRE', KEYS[index], record[1])
    redis.call('PEXPIRE', KEYS[index + 1], record[1])
  end
end
return 1
