-- audit_add: queues entries for an audit log.
-- KEYS[1] agenda; ARGV tenant, the most that may wait (0 no limit), entries
-- Result  1 | 0: too many wait, nothing was written
-- Atomic  all entries or none.
local function audit_add(keys, args)
  local p, most = prefix_of(keys), tonumber(args[2])
  if most > 0 and redis.call('LLEN', p .. args[1] .. ':audit:queue') + #args - 2 > most then return 0 end
  for i = 3, #args do audit(p, args[1], args[i]) end
  return 1
end
