-- Deletes a consumer that has nothing pending and has not acted since the preview; 0 where it is gone already.
-- ARGV: run id, group, consumer, its idle as previewed.
local key, group, name = KEYS[1], ARGV[2], ARGV[3]
if run_id() ~= ARGV[1] then return {'abort', 'server-replaced', ''} end
local missing = not_there(key)
if missing then return {'abort', missing, ''} end
local found = redis.pcall('XPENDING', key, group, '-', '+', 1, name)
if found.err then
  if string.find(found.err, 'NOGROUP', 1, true) then return {'abort', 'no-group', ''} end
  return found
end
if #found > 0 then return {'abort', 'consumer-pending', name} end
for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', key, group)) do
  local consumer = named(flat)
  if consumer.name == name then
    -- Idle only grows while nobody reads in its name.
    if consumer.idle < tonumber(ARGV[4]) then return {'abort', 'consumer-alive', name} end
    redis.call('XGROUP', 'DELCONSUMER', key, group, name)
    return 1
  end
end
return 0
