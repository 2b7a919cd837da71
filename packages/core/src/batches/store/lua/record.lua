-- Writes the results of lines: staged content goes behind output and error file, the lines are not open any more, and all of it is
-- counted; in one step, so that each line stands in the files once. Safe to send twice.
-- KEYS: batch, open lines, segments, usage of the tenant, staged blobs, files of the tenant, blobs of the output and the error file
-- ARGV: epoch; for each of both files its id, lines, bytes, blob or '', the blob's member; input, cached, output and reasoning
-- tokens, cost; then the numbers of the lines
-- 'absent': a file is not made yet. 'deleted': it was there. 'given-up': its blob is not staged.
local batch, open, segments, usage, staged, files = unpack(KEYS)
if redis.call('HGET', batch, 'epoch') ~= ARGV[1] then
  return 'fenced'
end
local function side(at, blobs, mark, count)
  local blob = { name = ARGV[at + 3], member = ARGV[at + 4], bytes = ARGV[at + 2] }
  return { file = ARGV[at], lines = ARGV[at + 1], blob = blob, blobs = blobs, mark = mark, count = count, start = 0 }
end
local sides = { side(2, KEYS[7], 'has_output', 'completed'), side(7, KEYS[8], 'has_errors', 'failed') }

for _, one in ipairs(sides) do
  if one.blob.name ~= '' and ends_in(one.blobs, one.blob.name) then
    return 'recorded'
  end
end
for at = 17, #ARGV do
  if redis.call('HEXISTS', open, ARGV[at]) == 0 then
    return 'fenced'
  end
end
for _, one in ipairs(sides) do
  if one.blob.name ~= '' then
    local text = redis.call('HGET', files, one.file)
    if not text then
      return redis.call('HEXISTS', batch, one.mark) == 1 and 'deleted' or 'absent'
    end
    one.record = cjson.decode(text)
    one.start = one.record.bytes
    one.granted = redis.call('HGET', usage, 'staged:' .. one.blob.name)
    if not one.granted then
      return 'given-up'
    end
  end
end

local segment = {}
for _, one in ipairs(sides) do
  if one.record then
    put_blob(usage, staged, files, one.blobs, one.file, one.record, one.blob, one.granted)
    redis.call('HSET', batch, one.mark, '1', 'drive_failures', 0)
    redis.call('HINCRBY', batch, one.count, one.lines)
  end
  segment[#segment + 1] = ('%d %s %s'):format(one.start, one.blob.bytes, one.lines)
end
redis.call('RPUSH', segments, table.concat(segment, ' '))
for index, name in ipairs({ 'input_tokens', 'cached_tokens', 'output_tokens', 'reasoning_tokens' }) do
  redis.call('HINCRBY', batch, name, ARGV[11 + index])
end
if tonumber(ARGV[16]) > 0 then
  redis.call('HINCRBYFLOAT', batch, 'cost_usd', ARGV[16])
end
redis.call('HDEL', open, unpack(ARGV, 17))
return 'recorded'
