-- Copies pending entries to another stream, with where they come from, and acknowledges them: {result, detail} of each.
-- KEYS: the stream, the dead-letter stream. ARGV: run id, group, who, reason, then id, owner and deliveries of each entry.
local key, target, group = KEYS[1], KEYS[2], ARGV[2]
if run_id() ~= ARGV[1] then return {'abort', 'server-replaced', ''} end
local missing = not_there(key)
if missing then return {'abort', missing, ''} end
local kind = redis.call('TYPE', target).ok
if kind ~= 'none' and kind ~= 'stream' then return {'abort', 'target-not-a-stream', target} end
local found = redis.pcall('XPENDING', key, group, '-', '+', 1)
if found.err then
  if string.find(found.err, 'NOGROUP', 1, true) then return {'abort', 'no-group', ''} end
  return found
end
local results = {}
for i = 5, #ARGV, 3 do
  local id, owner, deliveries = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local row = redis.call('XPENDING', key, group, id, id, 1)[1]
  local entry = redis.call('XRANGE', key, id, id)[1]
  local why, detail = 'done', ''
  if not row then
    why = 'gone'
  elseif row[2] ~= owner then
    why, detail = 'moved', row[2] or ''
  elseif row[4] ~= tonumber(deliveries) then
    why, detail = 'redelivered', tostring(row[4])
  elseif not entry then
    why = 'ghost'
  else
    local command = {'XADD', target, '*'}
    for _, cell in ipairs(entry[2]) do command[#command + 1] = cell end
    local from = {
      'streamgauge:key', key, 'streamgauge:id', id, 'streamgauge:group', group, 'streamgauge:consumer', owner,
      'streamgauge:deliveries', deliveries, 'streamgauge:by', ARGV[3], 'streamgauge:reason', ARGV[4],
    }
    for _, cell in ipairs(from) do command[#command + 1] = cell end
    redis.call(unpack(command))
    redis.call('XACK', key, group, id)
  end
  results[#results + 1] = why
  results[#results + 1] = detail
end
return results
