-- Changes a group that is still as the preview saw it, or makes one that is still not there.
-- ARGV: run id, verb, group, last delivered id ('' where there must be no such group), pending (-1: any), id, entries read (-1: unknown)
-- or consumer, then for a group that is made again id, owner, delivery time in ms and deliveries of each pending entry.
local key, verb, name = KEYS[1], ARGV[2], ARGV[3]
if run_id() ~= ARGV[1] then return {'abort', 'server-replaced', ''} end
local missing = not_there(key)
if missing then return {'abort', missing, ''} end
local group
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', key)) do
  local fields = named(flat)
  if fields.name == name then group = fields end
end

local function with_entries_read(command, read)
  if read ~= '-1' then
    command[#command + 1] = 'ENTRIESREAD'
    command[#command + 1] = read
  end
  return redis.call(unpack(command))
end

if verb == 'create' then
  if group then
    -- Our own earlier attempt, whose answer got lost, left it exactly so.
    if group['last-delivered-id'] == ARGV[6] and group.pending <= (#ARGV - 7) / 4 then return 0 end
    return {'abort', 'group-exists', ''}
  end
  with_entries_read({'XGROUP', 'CREATE', key, name, ARGV[6]}, ARGV[7])
  for i = 8, #ARGV, 4 do
    redis.call('XCLAIM', key, name, ARGV[i + 1], 0, ARGV[i], 'TIME', ARGV[i + 2], 'RETRYCOUNT', ARGV[i + 3], 'FORCE', 'JUSTID')
  end
  return 1
end
if not group then
  if verb == 'destroy' then return 0 end
  return {'abort', 'no-group', ''}
end
if verb == 'create-consumer' then return redis.call('XGROUP', 'CREATECONSUMER', key, name, ARGV[6]) end
if verb == 'set-id' and group['last-delivered-id'] == ARGV[6] and ARGV[4] ~= ARGV[6] then return 0 end
if group['last-delivered-id'] ~= ARGV[4] or (ARGV[5] ~= '-1' and group.pending ~= tonumber(ARGV[5])) then
  return {'abort', 'group-moved', ''}
end
if verb == 'destroy' then return redis.call('XGROUP', 'DESTROY', key, name) end
with_entries_read({'XGROUP', 'SETID', key, name, ARGV[6]}, ARGV[7])
return 1
