-- pace: lets one request to a vendor go, or says how long it has to wait.
-- KEYS[1] tocsin:{fleet}:pace
-- ARGV    vendor that takes only so many refusals or '', refusals at which it is left alone, longest wait that is worth
--         a place in the line, ms, then for each pace: name, requests per second, requests at once
-- Result  {ms to wait, 1: go after that, a place is kept | 0: ask again then}
-- Atomic  all paces allow it, or none is used up. Each is a generic cell rate algorithm (ITU-T I.371): one time is kept,
--         that at which the line would be empty.
local function pace(keys, args)
  local now, wait = now_ms(), 0
  if args[1] ~= '' then
    local key = keys[1] .. ':refusals:' .. args[1]
    if tonumber(redis.call('GET', key) or '0') >= tonumber(args[2]) then
      return {int(math.max(1, redis.call('PTTL', key))), 0}
    end
  end
  local starts = {}
  for i = 4, #args, 3 do
    local spacing = 1000 / tonumber(args[i + 1])
    local free = math.max(now, tonumber(redis.call('GET', keys[1] .. ':' .. args[i]) or '0'))
    wait = math.max(wait, free - (tonumber(args[i + 2]) - 1) * spacing - now)
    starts[#starts + 1] = {keys[1] .. ':' .. args[i], free, spacing}
  end
  if wait > tonumber(args[3]) then return {int(math.ceil(wait)), 0} end
  for _, start in ipairs(starts) do
    local free = start[2] + start[3]
    redis.call('SET', start[1], int(math.ceil(free)), 'PX', int(math.ceil(free - now) + 1000))
  end
  return {int(math.ceil(wait)), 1}
end
