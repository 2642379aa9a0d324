-- Adds entries, unless an earlier attempt has: a marker beside the stream says how far that got. 1, or 0 where it was done already.
-- KEYS: stream, marker. ARGV: run id, what the marker says before, what it is to say, its seconds, and of each entry how many words, and these.
local stream, marker = KEYS[1], KEYS[2]
if run_id() ~= ARGV[1] then return {'abort', 'server-replaced', ''} end
local at = redis.call('GET', marker) or ''
if at == ARGV[3] then return 0 end
if at == '' and ARGV[2] ~= '' then return {'abort', 'marker-gone', ''} end
if at ~= ARGV[2] then return {'abort', 'marker-moved', ''} end
local kind = redis.call('TYPE', stream).ok
if kind ~= 'none' and kind ~= 'stream' then return {'abort', 'target-not-a-stream', stream} end
local i = 5
while i <= #ARGV do
  local last = i + tonumber(ARGV[i])
  redis.call('XADD', stream, '*', unpack(ARGV, i + 1, last))
  i = last + 1
end
redis.call('SET', marker, ARGV[3], 'EX', ARGV[4])
return 1
