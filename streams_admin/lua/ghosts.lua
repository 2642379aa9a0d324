-- Looks which pending ids have no entry any more, and acknowledges those with ARGV[3] 1: {ghost, done, there or gone} of each id.
-- ARGV: run id, group, whether to acknowledge, then ids.
local key, group, acts = KEYS[1], ARGV[2], ARGV[3] == '1'
if run_id() ~= ARGV[1] then return {'abort', 'server-replaced', ''} end
local missing = not_there(key)
if missing then return {'abort', missing, ''} end
local found = redis.pcall('XPENDING', key, group, '-', '+', 1)
if found.err then
  if string.find(found.err, 'NOGROUP', 1, true) then return {'abort', 'no-group', ''} end
  return found
end
local results = {}
for i = 4, #ARGV do
  local id = ARGV[i]
  local is_there = #redis.call('XRANGE', key, id, id) > 0
  local what = is_there and 'there' or 'ghost'
  -- XACK works on ghosts, on every version, and touches nothing else.
  if not is_there and acts then what = redis.call('XACK', key, group, id) == 1 and 'done' or 'gone' end
  results[#results + 1] = what
end
return results
