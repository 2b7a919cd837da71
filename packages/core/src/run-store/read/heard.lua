-- Gives 1 for each run that a process listens to, else 0. KEYS: runs
local listeners, heard = {}, {}
for index, run in ipairs(KEYS) do
  heard[index] = 0
  for channel in string.gmatch(redis.call('HGET', run, 'channels') or '', '%S+') do
    listeners[channel] = listeners[channel] or redis.call('PUBSUB', numsub, channel)[2]
    if listeners[channel] > 0 then heard[index] = 1 end
  end
end
return heard
