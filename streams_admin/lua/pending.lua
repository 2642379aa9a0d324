-- Acts on pending entries that are still as the preview saw them; returns the time in ms, then {number, why, detail} of each left alone.
-- ARGV: run id, group, verb, consumer, whether it may be created, deliveries to set (-1: as they are), when the
-- preview was in ms (0: unknown), whether the stream's ends are heavy, then packed: the ids in order, and runs of them that are alike, each up to an index, with
-- the number of its owner, deliveries, idle; to give back, also owner, delivery time in ms and deliveries that each had;
-- then the owners, which may be any bytes, and so cannot be packed.
local key, group, verb, consumer = KEYS[1], ARGV[2], ARGV[3], ARGV[4]
if run_id() ~= ARGV[1] then return {'abort', 'server-replaced', ''} end
local missing = not_there(key)
if missing then return {'abort', missing, ''} end
local found = redis.pcall('XPENDING', key, group, '-', '+', 1)
if found.err then
  if string.find(found.err, 'NOGROUP', 1, true) then return {'abort', 'no-group', ''} end
  return found
end
if verb == 'claim' and ARGV[5] == '0' then
  -- XCLAIM would silently create a consumer that has gone since. Creating it here tells whether it is there, at any
  -- number of consumers; a server that is out of memory refuses that, and is asked for the list.
  local created = redis.pcall('XGROUP', 'CREATECONSUMER', key, group, consumer)
  if created == 1 then
    redis.call('XGROUP', 'DELCONSUMER', key, group, consumer)
    return {'abort', 'no-consumer', ''}
  elseif created ~= 0 then
    local there = false
    for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', key, group)) do
      there = there or named(flat).name == consumer
    end
    if not there then return {'abort', 'no-consumer', ''} end
  end
end


local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Idle grows with the clock while nobody touches the entry: it must have grown by all that passed since the preview.
-- Times are whole milliseconds; those of a claim may be some later than its script began (6.2 lets the clock run in scripts).
local tolerance = verb == 'give-back' and 15 or 2
local passed = ARGV[7] == '0' and 0 or now - tonumber(ARGV[7]) - tolerance
local ids, runs = unpack(cmsgpack.unpack(ARGV[9]))
local returns = verb == 'give-back' and cmsgpack.unpack(ARGV[10])
local count = #ids
-- No entry after the first and after the last deleted id is missing. 6.2 does not say which that is: there each is looked
-- for; and where XINFO would copy megabytes of the first and the last entry.
local whole = false
if ARGV[8] == '0' then
  local info = named(redis.call('XINFO', 'STREAM', key))
  local first, deleted = info['first-entry'], info['max-deleted-entry-id']
  whole = first and deleted and not below(ids[1], first[1]) and below(deleted, ids[1])
end

local function is_ghost(id) return not whole and #redis.call('XRANGE', key, id, id) == 0 end

-- One look at as many rows as there are entries: they mostly lie side by side. What lies elsewhere is looked for by its id.
local rows = redis.call('XPENDING', key, group, ids[1], ids[count], count + 10)
local seen
local function row_of(id)
  if not seen then
    seen = {}
    for _, row in ipairs(rows) do seen[row[1]] = row end
  end
  if seen[id] or #rows < count + 10 then return seen[id] end
  return redis.call('XPENDING', key, group, id, id, 1)[1]
end

local others = {}
if verb == 'acknowledge-delete' then
  for _, flat in ipairs(redis.call('XINFO', 'GROUPS', key)) do
    local other = named(flat)
    if other.name ~= group then others[#others + 1] = other end
  end
end
local function needed(id)
  for _, other in ipairs(others) do
    if below(other['last-delivered-id'], id) then return 'unread', other.name end
    if other.pending > 0 and #redis.call('XPENDING', key, other.name, id, id, 1) > 0 then return 'unacknowledged', other.name end
  end
end

local is_kept = verb ~= 'acknowledge' and verb ~= 'acknowledge-delete'
local function owner_of(number) return ARGV[10 + number] end
local function changed(id, owner, delivered, idle)
  local row = row_of(id)
  if not row then return 'gone', '' end
  local now_with = row[2] or ''
  if verb == 'claim' and now_with == consumer and owner ~= consumer then return 'held', '' end
  if now_with ~= owner then return 'moved', now_with end
  if row[4] ~= delivered then return 'redelivered', tostring(row[4]) end
  -- A consumer that renews its own claim begins anew.
  if row[3] < idle + passed then return 'busy', tostring(row[3]) end
  if is_kept and is_ghost(id) then return 'ghost', '' end
  if #others > 0 then return needed(id) end
end

-- As text, for a number of this size does not fit every reply.
local left, going, numbers = {string.format('%.0f', now)}, {}, {}
local function leave(number, why, detail)
  left[#left + 1] = number
  left[#left + 1] = why
  left[#left + 1] = detail
end
local function go(number, owner_number)
  local id = ids[number]
  if verb == 'give-back' then
    local its = returns[number]
    -- As text: Lua would write a large number with an exponent.
    local at, delivered = string.format('%.0f', its[2]), string.format('%.0f', its[3])
    redis.call('XCLAIM', key, group, owner_of(its[1]), 0, id, 'TIME', at, 'RETRYCOUNT', delivered, 'JUSTID')
  elseif verb == 'reset-idle' then
    redis.call('XCLAIM', key, group, owner_of(owner_number), 0, id, 'JUSTID')
  else
    going[#going + 1] = id
    numbers[#numbers + 1] = number
  end
end
-- The short way: row by row as the preview saw them. Where one differs, the others are looked at one by one.
local function first_that_differs()
  if #others > 0 or (is_kept and not whole) then return 1 end
  local rows, ids, start = rows, ids, 1
  for at = 1, #runs, 4 do
    local last, owner, delivered, least = runs[at], owner_of(runs[at + 1]), runs[at + 2], runs[at + 3] + passed
    for i = start, last do
      local row = rows[i]
      if not row or row[1] ~= ids[i] or row[2] ~= owner or row[4] ~= delivered or row[3] < least then return i end
    end
    start = last + 1
  end
  return count + 1
end
local number = first_that_differs()
if number > count and verb ~= 'give-back' and verb ~= 'reset-idle' then
  going = ids
else
  local start = 1
  for at = 1, #runs, 4 do
    local last, owner_number, delivered, idle = runs[at], runs[at + 1], runs[at + 2], runs[at + 3]
    for i = start, last do
      local why, detail
      if i >= number then why, detail = changed(ids[i], owner_of(owner_number), delivered, idle) end
      if why then leave(i, why, detail) else go(i, owner_number) end
    end
    start = last + 1
  end
end
if #going == 0 then return left end
if verb ~= 'claim' then
  redis.call('XACK', key, group, unpack(going))
  if verb == 'acknowledge-delete' then redis.call('XDEL', key, unpack(going)) end
  return left
end
-- Options may stand after ids only, so they are put behind these.
local planned = #going
if ARGV[6] ~= '-1' then
  going[planned + 1], going[planned + 2] = 'RETRYCOUNT', ARGV[6]
end
going[#going + 1] = 'JUSTID'
local claimed = redis.call('XCLAIM', key, group, consumer, 0, unpack(going))
if #claimed < planned then
  local got = {}
  for _, id in ipairs(claimed) do got[id] = true end
  for i = 1, planned do
    if not got[going[i]] then leave(numbers[i] or i, 'gone', '') end
  end
end
return left
