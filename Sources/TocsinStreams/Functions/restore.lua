-- restore: adds batches that were accepted before, if this server does not know of them: it became master without them.
-- KEYS[1] <prefix>agenda
-- ARGV    ms that an id is remembered, then for each batch: tenant, id, ms at which it was accepted, alerts, sealed batch,
--         weight, from whom it is
-- Result  {batches added, alerts in them}
-- Atomic  a batch is in the stream, or was once, exactly once in this server's history; so is its count in the ledger.
local function restore_batch(p, keep_ms, now, next)
  local tenant, id, at, count, sealed, weight, origin = next(), next(), next(), next(), next(), next(), next()
  if not is_first(p, tonumber(at), id, keep_ms) then return 0 end
  redis.call('XADD', p .. tenant .. ':alerts', '*', 'b', sealed, 'n', count, 'r', at, 'w', origin)
  redis.call('HINCRBY', p .. tenant .. ':meta', 'q', count)
  redis.call('HSET', p .. tenant .. ':meta', 'weight', weight)
  redis.call('HINCRBY', p .. tenant .. ':ledger', 'accepted', count)
  if not turn_is_open(p, tenant, now) then wake_tenant(p, tenant) end
  return tonumber(count)
end

local function restore(keys, args)
  local p, now, next = prefix_of(keys), now_ms(), reader(args, 2)
  local batches, alerts = 0, 0
  for _ = 1, (#args - 1) / 7 do
    local count = restore_batch(p, args[1], now, next)
    if count > 0 then batches = batches + 1 end
    alerts = alerts + count
  end
  return {batches, alerts}
end
