-- Adds one entry and returns its id. ARGV: run id, last generated id of the preview, 1 where an earlier attempt may have added it, then fields and values.
local key = KEYS[1]
if run_id() ~= ARGV[1] then return {'abort', 'server-replaced', ''} end
local kind = redis.call('TYPE', key).ok
if kind ~= 'stream' then return {'abort', kind == 'none' and 'no-stream' or 'not-a-stream', ''} end
if ARGV[3] == '1' then
  for _, entry in ipairs(redis.call('XRANGE', key, '(' .. ARGV[2], '+', 'COUNT', 1000)) do
    local same = #entry[2] == #ARGV - 3
    for i = 1, #entry[2] do same = same and entry[2][i] == ARGV[3 + i] end
    if same then return entry[1] end
  end
end
local command = {'XADD', key, '*'}
for i = 4, #ARGV do command[#command + 1] = ARGV[i] end
return redis.call(unpack(command))
