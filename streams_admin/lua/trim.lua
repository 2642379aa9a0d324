-- Removes entries below the plan's cut-off id, if the stream is still the one that the plan was made of. One step: {entries removed, pending ids cleared}.
-- ARGV: run id, first id, last generated id, entries added (-1: unknown), watermark ('' without groups), cut-off id,
-- limit of this step (0: all that is left), how many pending ids without an entry are taken out of pending lists, then the groups' names.
local key = KEYS[1]
if run_id() ~= ARGV[1] then return {'abort', 'server-replaced', ''} end
local missing = not_there(key)
if missing then return {'abort', missing, ''} end
local info = named(redis.call('XINFO', 'STREAM', key))
local first = info['first-entry']
local added = info['entries-added']
-- A stream's first id and counters only grow; one that was deleted and made again starts anew.
if below(info['last-generated-id'], ARGV[3]) or (first and below(first[1], ARGV[2]))
    or (added and added < tonumber(ARGV[4])) then
  return {'abort', 'stream-replaced', ''}
end
local groups = groups_of(key)
local planned = {}
for i = 9, #ARGV do planned[ARGV[i]] = true end
if #groups == 0 and #ARGV >= 9 then return {'abort', 'no-groups', ''} end
if #groups ~= #ARGV - 8 then return {'abort', 'groups-changed', ''} end
for _, group in ipairs(groups) do
  if not planned[group.name] then return {'abort', 'groups-changed', group.name} end
end
local least, name = watermark(groups)
if ARGV[5] ~= '' and below(least, ARGV[5]) then return {'abort', 'moved-back', name} end
local removed
if ARGV[7] == '0' then
  removed = redis.call('XTRIM', key, 'MINID', ARGV[6])
else
  removed = redis.call('XTRIM', key, 'MINID', '~', ARGV[6], 'LIMIT', ARGV[7])
end
local room, cleared = tonumber(ARGV[8]), 0
if room > 0 then
  -- What is pending below the first entry points at nothing any more.
  first = named(redis.call('XINFO', 'STREAM', key))['first-entry']
  local to = first and '(' .. first[1] or '+'
  for _, group in ipairs(groups) do
    local rows = group.pending > 0 and room > 0 and redis.call('XPENDING', key, group.name, '-', to, room) or {}
    local ids = {}
    for i, row in ipairs(rows) do ids[i] = row[1] end
    if #ids > 0 then cleared = cleared + redis.call('XACK', key, group.name, unpack(ids)) end
    room = room - #ids
  end
end
return {removed, cleared}
