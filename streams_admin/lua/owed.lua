-- A page of a group's pending entries with the time of their last delivery: {ms, rows of XPENDING}. ARGV: group, from, to, how many.
local found = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4])
if found.err then
  if string.find(found.err, 'NOGROUP', 1, true) then return {'abort', 'no-group', ''} end
  return found
end
local time = redis.call('TIME')
return {time[1] .. string.sub('00' .. math.floor(time[2] / 1000), -3), found}
