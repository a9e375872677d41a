-- release: ends a turn that could not be finished; what it read stays pending and is taken over by the next turn.
-- KEYS[1] <prefix>agenda
-- ARGV    tenant, fence, worker, ms until the next try
-- Result  1 | 0: the turn was not this worker's any more
-- Atomic  lease and agenda.
local function release(keys, args)
  local p, now = prefix_of(keys), now_ms()
  local meta = p .. args[1] .. ':meta'
  local state = redis.call('HMGET', meta, 'fence', 'holder')
  if state[1] ~= args[2] or state[2] ~= args[3] then return 0 end
  redis.call('HDEL', meta, 'turn', 'holder', 'start')
  redis.call('ZREM', p .. 'work', args[1])
  redis.call('ZADD', p .. 'agenda', int(now + tonumber(args[4])), 'r:' .. args[1])
  return 1
end
