-- What a backup keeps of a stream beside its entries, at one moment: {run id, ms, length, last generated id, added or -1, max deleted id, groups}.
local missing = not_there(KEYS[1])
if missing then return {'abort', missing, ''} end
local info = named(redis.call('XINFO', 'STREAM', KEYS[1]))
local time = redis.call('TIME')
local groups = {}
for i, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = named(flat)
  groups[i] = {group.name, group['last-delivered-id'], group['entries-read'] or -1, group.pending}
end
return {
  run_id(), time[1] .. string.sub('00' .. math.floor(time[2] / 1000), -3), info.length, info['last-generated-id'],
  info['entries-added'] or -1, info['max-deleted-entry-id'] or '', groups,
}
