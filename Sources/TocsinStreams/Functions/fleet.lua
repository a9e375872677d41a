-- fleet: tells which nodes there are.
-- KEYS[1] tocsin:{fleet}:nodes
-- ARGV    none
-- Result  {now ms, id, report, Redis' time of it in ms or '' if it was written by a node that does not note it,
--         1: the node is to end | 0, ...}
-- Atomic  one moment of all of them.
local function fleet(keys, args)
  local key = keys[1]
  local out = {int(now_ms())}
  local reports = redis.call('HGETALL', key)
  for i = 1, #reports, 2 do
    out[#out + 1] = reports[i]
    out[#out + 1] = reports[i + 1]
    out[#out + 1] = redis.call('ZSCORE', key .. ':seen', reports[i]) or ''
    out[#out + 1] = redis.call('SISMEMBER', key .. ':drain', reports[i])
  end
  return out
end
