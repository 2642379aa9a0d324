-- Acts on pending entries that are still as the preview saw them: {result, detail} an entry.
-- ARGV: run id, group, verb, consumer, whether it may be created, then id, owner, deliveries and idle of each entry.
local key, group, verb, consumer = KEYS[1], ARGV[2], ARGV[3], ARGV[4]
if run_id() ~= ARGV[1] then return {'abort', 'server-replaced', ''} end
local missing = not_there(key)
if missing then return {'abort', missing, ''} end
local found = redis.pcall('XPENDING', key, group, '-', '+', 1)
if found.err then
  if string.find(found.err, 'NOGROUP', 1, true) then return {'abort', 'no-group', ''} end
  return found
end
if verb == 'claim' and ARGV[5] == '0' then
  -- XCLAIM would silently create a consumer that has gone since. Creating it here tells whether it is there, at any
  -- number of consumers; a server that is out of memory refuses that, and is asked for the list.
  local created = redis.pcall('XGROUP', 'CREATECONSUMER', key, group, consumer)
  if created == 1 then
    redis.call('XGROUP', 'DELCONSUMER', key, group, consumer)
    return {'abort', 'no-consumer', ''}
  elseif created ~= 0 then
    local there = false
    for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', key, group)) do
      there = there or named(flat).name == consumer
    end
    if not there then return {'abort', 'no-consumer', ''} end
  end
end

local function changed(id, owner, deliveries, idle)
  local row = redis.call('XPENDING', key, group, id, id, 1)[1]
  if not row then return 'gone', '' end
  local now_with = row[2] or ''
  if verb == 'claim' and now_with == consumer then return 'held', '' end
  if now_with ~= owner then return 'moved', now_with end
  if row[4] ~= tonumber(deliveries) then return 'redelivered', tostring(row[4]) end
  -- Idle only grows while nobody touches the entry; a consumer that renews its own claim resets it.
  if row[3] < tonumber(idle) then return 'busy', tostring(row[3]) end
  if verb == 'claim' and #redis.call('XRANGE', key, id, id) == 0 then return 'ghost', '' end
end

local results = {}
for i = 6, #ARGV, 4 do
  local id = ARGV[i]
  local why, detail = changed(id, ARGV[i + 1], ARGV[i + 2], ARGV[i + 3])
  if not why then
    local count
    if verb == 'claim' then
      count = #redis.call('XCLAIM', key, group, consumer, 0, id, 'JUSTID')
    else
      count = redis.call('XACK', key, group, id)
    end
    why, detail = count == 1 and 'done' or 'gone', ''
  end
  results[#results + 1] = why
  results[#results + 1] = detail
end
return results
