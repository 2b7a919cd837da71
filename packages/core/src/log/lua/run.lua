-- Prelude of every script of the run log. A run is a hash (its record) and a stream (its log) whose entry ids carry
-- the sequence. `channels` lists the reply channels that follow it, separated by spaces.

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Collects messages, so that runs with the same channels share one a script, however many frames it carries. Lua hashes
-- every byte of each string that it makes, so payloads are put together once.
local outbox = {}
local function announce(channels, id, seq, payload)
  local pieces = outbox[channels] or {}
  outbox[channels] = pieces
  local size = #pieces
  pieces[size + 1], pieces[size + 2], pieces[size + 3] = id .. ' ' .. seq .. ' ', payload, '\n'
end

-- Gives the number of subscribers that were reached by what was announced to the same channels.
local function publish_announced()
  local heard = {}
  for channels, pieces in pairs(outbox) do
    local message = table.concat(pieces)
    heard[channels] = 0
    for channel in string.gmatch(channels, '%S+') do
      heard[channels] = heard[channels] + redis.call('PUBLISH', channel, message)
    end
  end
  return heard
end

-- Marks the run as ended and lets record, log and idempotency key expire together. `again` is '1' when the same request
-- may be sent again: its key is free for a further run then, instead of repeating this failure. Not so when the run may have
-- started a tool: a further run would start it a second time. Further fields of the record and their values may follow.
local function finish(id, run, log, live, reason, tokens, again, retention, ...)
  redis.call('HSET', run, 'end', reason, ...)
  redis.call('PEXPIRE', run, retention)
  redis.call('PEXPIRE', log, retention)
  redis.call('ZREM', live, id)
  local extra = redis.call('HMGET', run, 'idempotency', 'concurrency', 'window', 'tools')
  if extra[1] then
    if again == '1' and not extra[4] then redis.call('DEL', extra[1]) else redis.call('PEXPIRE', extra[1], retention) end
  end
  if extra[2] then redis.call('SREM', extra[2], id) end
  -- Tokens are charged to the minute that is open when the run ends, if one is.
  if extra[3] and tonumber(tokens) > 0 and redis.call('EXISTS', extra[3]) == 1 then
    redis.call('HINCRBY', extra[3], 'tokens', tokens)
  end
end
