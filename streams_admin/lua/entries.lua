-- Deletes entries that no group needs any more, or those that were said to go in spite of it: {result, group} an entry.
-- ARGV: run id, 1 where groups may lose them, then ids.
local key, needed_too = KEYS[1], ARGV[2] == '1'
if run_id() ~= ARGV[1] then return {'abort', 'server-replaced', ''} end
local missing = not_there(key)
if missing then return {'abort', missing, ''} end
local groups = {}
for i, flat in ipairs(redis.call('XINFO', 'GROUPS', key)) do groups[i] = named(flat) end

local function needed(id)
  for _, group in ipairs(groups) do
    if below(group['last-delivered-id'], id) then return 'unread', group.name end
    if group.pending > 0 and #redis.call('XPENDING', key, group.name, id, id, 1) > 0 then return 'unacknowledged', group.name end
  end
end

local results = {}
for i = 3, #ARGV do
  local id = ARGV[i]
  local why, name
  if not needed_too then why, name = needed(id) end
  if not why then why = redis.call('XDEL', key, id) == 1 and 'done' or 'gone' end
  results[#results + 1] = why
  results[#results + 1] = name or ''
end
return results
