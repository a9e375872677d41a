-- drop: deletes a dead letter for good; the ledger goes on counting it as dead.
-- KEYS[1] <prefix>agenda
-- ARGV    tenant, dead letter id
-- Result  1 | 0: there is no such dead letter
-- Atomic  index and letter.
local function drop(keys, args)
  local p = prefix_of(keys)
  redis.call('ZREM', p .. args[1] .. ':deadlog', args[2])
  return redis.call('HDEL', p .. args[1] .. ':dead', args[2])
end
