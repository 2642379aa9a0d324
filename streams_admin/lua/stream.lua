-- Deletes a whole stream that is still exactly as the preview saw it; 0 where it is gone already.
-- ARGV: run id, length, first id, last generated id, entries added (-1: unknown), then each group's name and last delivered id.
local key = KEYS[1]
if run_id() ~= ARGV[1] then return {'abort', 'server-replaced', ''} end
local missing = not_there(key)
if missing == 'no-stream' then return 0 end
if missing then return {'abort', missing, ''} end
local info = named(redis.call('XINFO', 'STREAM', key))
local first = info['first-entry']
if info.length ~= tonumber(ARGV[2]) or (first and first[1] or '') ~= ARGV[3] or info['last-generated-id'] ~= ARGV[4]
    or (info['entries-added'] or -1) ~= tonumber(ARGV[5]) then
  return {'abort', 'stream-changed', ''}
end
local groups = redis.call('XINFO', 'GROUPS', key)
if #groups ~= (#ARGV - 5) / 2 then return {'abort', 'groups-changed', ''} end
local planned = {}
for i = 6, #ARGV, 2 do planned[ARGV[i]] = ARGV[i + 1] end
for _, flat in ipairs(groups) do
  local group = named(flat)
  if planned[group.name] ~= group['last-delivered-id'] then return {'abort', 'groups-changed', group.name} end
end
return redis.call('UNLINK', key)
