-- Puts a rebuilt stream in the place of the one it was rebuilt from, with that one's groups as they are at this moment: 1, or 0 where that is done already.
-- KEYS: rebuilt, place. ARGV: run id, entries of the place that went into it, its last id then, entries to take along at most, pending entries at most,
-- 1 where ids are set without counters, names of groups.
local rebuilt, place = KEYS[1], KEYS[2]
if run_id() ~= ARGV[1] then return {'abort', 'server-replaced', ''} end
local missing = not_there(place)
if missing then return {'abort', missing, ''} end
if redis.call('EXISTS', rebuilt) == 0 then return {'abort', 'rebuilt-changed', ''} end
local info = named(redis.call('XINFO', 'STREAM', place))
local most = tonumber(ARGV[4])
local newer = redis.call('XRANGE', place, '(' .. ARGV[3], '+', 'COUNT', most + 1)
if #newer > most then return {'abort', 'too-busy', ''} end
if info.length ~= tonumber(ARGV[2]) + #newer then return {'abort', 'stream-changed', ''} end
local groups = redis.call('XINFO', 'GROUPS', place)
if #groups ~= #ARGV - 6 then return {'abort', 'groups-changed', ''} end
local pending = 0
for i, flat in ipairs(groups) do
  groups[i] = named(flat)
  pending = pending + groups[i].pending
  local known = false
  for j = 7, #ARGV do known = known or ARGV[j] == groups[i].name end
  if not known then return {'abort', 'groups-changed', ''} end
end
if pending > tonumber(ARGV[5]) then return {'abort', 'too-many-pending', ''} end
for _, entry in ipairs(newer) do redis.call('XADD', rebuilt, entry[1], unpack(entry[2])) end
local bare = ARGV[6] == '1'
if bare then
  redis.call('XSETID', rebuilt, info['last-generated-id'])
else
  local length = redis.call('XLEN', rebuilt)
  local added = math.max(info['entries-added'], length)
  redis.call('XSETID', rebuilt, info['last-generated-id'], 'ENTRIESADDED', added, 'MAXDELETEDID', info['max-deleted-entry-id'])
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(time[2] / 1000)
for _, group in ipairs(groups) do
  local create = {'XGROUP', 'CREATE', rebuilt, group.name, group['last-delivered-id']}
  if not bare and group['entries-read'] then
    create[6], create[7] = 'ENTRIESREAD', group['entries-read']
  end
  redis.call(unpack(create))
  for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', place, group.name)) do
    redis.call('XGROUP', 'CREATECONSUMER', rebuilt, group.name, named(flat).name)
  end
  if group.pending > 0 then
    for _, row in ipairs(redis.call('XPENDING', place, group.name, '-', '+', group.pending)) do
      redis.call(
        'XCLAIM', rebuilt, group.name, row[2], 0, row[1], 'TIME', now - row[3], 'RETRYCOUNT', row[4], 'FORCE', 'JUSTID')
    end
  end
end
redis.call('PERSIST', rebuilt)
redis.call('UNLINK', place)
redis.call('RENAME', rebuilt, place)
return 1
