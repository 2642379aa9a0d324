-- Counts entries from ARGV[2] to ARGV[3] in at most ARGV[5] pages of ARGV[4]: {count, last id seen, whether that was all}.
local from, page, count, last = ARGV[2], tonumber(ARGV[4]), 0, ''
for _ = 1, tonumber(ARGV[5]) do
  local rows = redis.call(ARGV[1], KEYS[1], from, ARGV[3], 'COUNT', page)
  count = count + #rows
  if #rows > 0 then
    last = rows[#rows][1]
    from = '(' .. last
  end
  if #rows < page then return {count, last, 1} end
end
return {count, last, 0}
