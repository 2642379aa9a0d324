-- Puts a rebuilt stream in the place where nothing is: 1, or 0 where that is done already. KEYS: rebuilt, place. ARGV: run id, length, last generated id, 1 where an earlier attempt may have.
local rebuilt, place = KEYS[1], KEYS[2]
if run_id() ~= ARGV[1] then return {'abort', 'server-replaced', ''} end
local function as_planned(key)
  local info = named(redis.call('XINFO', 'STREAM', key))
  return info.length == tonumber(ARGV[2]) and info['last-generated-id'] == ARGV[3]
end
if redis.call('TYPE', place).ok ~= 'none' then
  local ours = ARGV[4] == '1' and redis.call('EXISTS', rebuilt) == 0 and redis.call('TYPE', place).ok == 'stream'
  if ours and as_planned(place) then return 0 end
  return {'abort', 'key-there', ''}
end
local missing = not_there(rebuilt)
if missing or not as_planned(rebuilt) then return {'abort', 'rebuilt-changed', ''} end
redis.call('PERSIST', rebuilt)
redis.call('RENAME', rebuilt, place)
return 1
