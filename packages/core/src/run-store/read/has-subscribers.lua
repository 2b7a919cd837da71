-- Gives 1 for each run that a process listens to, else 0. KEYS: runs
local listeners, found = {}, {}
for index, run in ipairs(KEYS) do
  found[index] = 0
  for channel in string.gmatch(redis.call('HGET', run, 'channels') or '', '%S+') do
    listeners[channel] = listeners[channel] or redis.call('PUBSUB', numsub, channel)[2]
    if listeners[channel] > 0 then found[index] = 1 end
  end
end
return found
