-- The groups of a stream at one moment, and what goes with them. What XINFO STREAM tells is asked beside this script, in the same
-- transaction: within, the first and the last entry would be copied three times, whatever they weigh.
local missing = not_there(KEYS[1])
if missing then return {'abort', missing, ''} end
local time = redis.call('TIME')
local groups = groups_of(KEYS[1])
local least, name = watermark(groups)
local rows = {}
for i, group in ipairs(groups) do
  rows[i] = {group.name, group.pending, group['last-delivered-id'], group.lowest, group.consumers}
end
return {run_id(), time[1] .. string.sub('00000' .. time[2], -6), least, name, rows}
