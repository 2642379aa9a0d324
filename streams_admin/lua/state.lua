-- One atomic look at a stream and its groups. Payloads stay on the server.
local missing = not_there(KEYS[1])
if missing then return {'abort', missing, ''} end
local info = named(redis.call('XINFO', 'STREAM', KEYS[1]))
local time = redis.call('TIME')
local first, last = info['first-entry'], info['last-entry']
local groups = groups_of(KEYS[1])
local least, name = watermark(groups)
local rows = {}
for i, group in ipairs(groups) do
  rows[i] = {group.name, group.pending, group['last-delivered-id'], group.lowest, group.consumers}
end
return {
  run_id(), time[1] .. string.sub('00000' .. time[2], -6), info.length,
  first and first[1] or '', last and last[1] or '', info['last-generated-id'], info['entries-added'] or -1,
  least, name, rows, info['max-deleted-entry-id'] or '0-0',
}
