-- Every script starts with this text. No shebang: with one, a server that is out of memory refuses even to trim.

-- Ids are two unsigned 64-bit numbers, more than a Lua number holds: compare them as text, by length first.
local function below(a, b)
  local a_ms, a_seq = string.match(a, '^(%d+)-(%d+)$')
  local b_ms, b_seq = string.match(b, '^(%d+)-(%d+)$')
  if #a_ms ~= #b_ms then return #a_ms < #b_ms end
  if a_ms ~= b_ms then return a_ms < b_ms end
  if #a_seq ~= #b_seq then return #a_seq < #b_seq end
  return a_seq < b_seq
end

local function named(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local function run_id()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
end

local function not_there(key)
  local kind = redis.call('TYPE', key).ok
  if kind == 'none' then return 'no-stream' end
  if kind ~= 'stream' then return 'not-a-stream' end
end

-- Each group with `low`: everything below it, the group has finished with. A pending id may stand above the
-- last-delivered id (after XGROUP SETID to an earlier one), so the lesser of the two counts.
local function groups_of(key)
  local groups = {}
  for i, flat in ipairs(redis.call('XINFO', 'GROUPS', key)) do
    local group = named(flat)
    group.low = group['last-delivered-id']
    group.lowest = ''
    local row = group.pending > 0 and redis.call('XPENDING', key, group.name, '-', '+', 1)[1]
    if row then
      group.lowest = row[1]
      if below(row[1], group.low) then group.low = row[1] end
    end
    groups[i] = group
  end
  return groups
end

local function watermark(groups)
  local least, name
  for _, group in ipairs(groups) do
    if not least or below(group.low, least) then least, name = group.low, group.name end
  end
  return least or '', name or ''
end
