"""What samplers ask of our Redis (never of a watched one), each in one atomic step.

The token decides: whoever has the highest that was given out for a server holds it, also where the lease expired, or was
lost with our Redis' data, and nobody has taken the server since.
"""

#: Keys: the samplers, then lease and fence of each server. Arguments: sampler, milliseconds, whether it can take servers,
#: and of each server the token, 0 where it is not ours. Renews what is ours; returns whether the sampler was not among the
#: living before, who is, and who holds each server.
RENEW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local isNews = 0
if ARGV[3] == '1' then
  isNews = redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
else
  redis.call('ZREM', KEYS[1], ARGV[1])
end
local holders = {}
for i = 1, #ARGV - 3 do
  local lease, fence, token = KEYS[2 * i], KEYS[2 * i + 1], ARGV[i + 3]
  if tonumber(token) > 0 and tonumber(token) >= tonumber(redis.call('GET', fence) or 0) then
    redis.call('SET', fence, token)
    redis.call('SET', lease, ARGV[1], 'PX', ARGV[2])
  end
  holders[i] = redis.call('GET', lease) or ''
end
return {isNews, redis.call('ZRANGE', KEYS[1], 0, -1), holders}
"""

#: Keys: lease and fence of each server. Arguments: sampler, milliseconds, and of each server the highest token that the
#: database knows. Takes what is free; returns a token for each, 0 where somebody has it.
TAKE = """
local tokens = {}
for i = 1, #ARGV - 2 do
  local lease, fence = KEYS[2 * i - 1], KEYS[2 * i]
  tokens[i] = 0
  if redis.call('SET', lease, ARGV[1], 'PX', ARGV[2], 'NX') then
    tokens[i] = math.max(tonumber(redis.call('GET', fence) or 0), tonumber(ARGV[i + 2])) + 1
    redis.call('SET', fence, string.format('%.0f', tokens[i]))
  end
end
return tokens
"""

#: Keys: the samplers, then lease and fence of each server. Arguments: sampler, whether it leaves, and of each server the
#: token. Frees what is ours still.
GIVE = """
if ARGV[2] == '1' then redis.call('ZREM', KEYS[1], ARGV[1]) end
for i = 1, #ARGV - 2 do
  local lease, fence = KEYS[2 * i], KEYS[2 * i + 1]
  if redis.call('GET', lease) == ARGV[1] and redis.call('GET', fence) == ARGV[i + 2] then redis.call('DEL', lease) end
end
"""
