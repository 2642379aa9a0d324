-- What a backup keeps of a stream's groups at one moment, and what goes with them: {run id, ms, groups}. As in state.lua, what
-- XINFO STREAM tells is asked beside it.
local missing = not_there(KEYS[1])
if missing then return {'abort', missing, ''} end
local time = redis.call('TIME')
local groups = {}
for i, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = named(flat)
  groups[i] = {group.name, group['last-delivered-id'], group['entries-read'] or -1, group.pending}
end
return {run_id(), time[1] .. string.sub('00' .. math.floor(time[2] / 1000), -3), groups}
