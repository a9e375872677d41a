-- renew: prolongs the lease of a turn that takes longer.
-- KEYS[1] <prefix>agenda
-- ARGV    tenant, fence, worker, lease ms
-- Result  1 | 0: the turn is not this worker's any more
-- Atomic  lease and agenda.
local function renew(keys, args)
  local p, now = prefix_of(keys), now_ms()
  local meta = p .. args[1] .. ':meta'
  local state = redis.call('HMGET', meta, 'fence', 'holder')
  if state[1] ~= args[2] or state[2] ~= args[3] then return 0 end
  local till = int(now + tonumber(args[4]))
  redis.call('HSET', meta, 'turn', till)
  redis.call('ZADD', p .. 'agenda', till, 'r:' .. args[1])
  return 1
end
