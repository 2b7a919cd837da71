-- Prelude: puts a staged blob behind the content of a file. `record` is the file's, `granted` what was set aside for the blob.
local function put_blob(usage, staged, files, blobs, file, record, blob, granted)
  record.bytes = record.bytes + blob.bytes
  redis.call('HDEL', usage, 'staged:' .. blob.name)
  redis.call('HINCRBY', usage, 'reserved', 0 - granted)
  redis.call('HINCRBY', usage, 'bytes', blob.bytes)
  redis.call('ZREM', staged, blob.member)
  redis.call('RPUSH', blobs, blob.bytes .. ' ' .. blob.name)
  redis.call('HSET', files, file, cjson.encode(record))
end

-- Whether the content of a file ends in this blob.
local function ends_in(blobs, name)
  local last = redis.call('LINDEX', blobs, -1)
  return last and string.match(last, '%S+$') == name
end
