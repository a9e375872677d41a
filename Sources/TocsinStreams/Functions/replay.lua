-- replay: queues a dead letter again, with its attempts forgotten.
-- KEYS[1] <prefix>agenda
-- ARGV    tenant, dead letter id
-- Result  1 | 0: there is no such dead letter
-- Atomic  the letter is dead or queued, never both.
local function replay(keys, args)
  local p = prefix_of(keys)
  local tenant, id = args[1], args[2]
  local packed = redis.call('HGET', p .. tenant .. ':dead', id)
  if not packed then return 0 end
  local fields = cmsgpack.unpack(packed)
  local owed = fields.kind == 'alerts' and fields.n or fields.o
  redis.call('HDEL', p .. tenant .. ':dead', id)
  redis.call('ZREM', p .. tenant .. ':deadlog', id)
  redis.call('HINCRBY', p .. tenant .. ':ledger', 'dead', -tonumber(owed))
  if fields.kind == 'alerts' then
    redis.call('XADD', p .. tenant .. ':alerts', '*', 'b', fields.b, 'n', fields.n)
    redis.call('HINCRBY', p .. tenant .. ':meta', 'q', fields.n)
    reschedule_tenant(p, tenant, now_ms())
  else
    redis.call('HINCRBY', p .. tenant .. ':ledger', 'dead_notifications', -1)
    redis.call('XADD', receiver_key(p, tenant, fields.receiver), '*', 'b', fields.b, 'i', fields.i, 'g', fields.g,
      'o', fields.o, 'a', '0', 'c', '0', 'u', fields.u or '0', 'f', int(now_ms()), 't', '')
    -- The group sends nothing else to this receiver meanwhile.
    local group = p .. tenant .. ':g:' .. fields.g
    if redis.call('EXISTS', group) == 1 then redis.call('HSETNX', group, 's:' .. fields.receiver, fields.i) end
    -- Whoever replays has mended what was wrong: a receiver that is parked is tried again.
    redis.call('HDEL', receiver_key(p, tenant, fields.receiver) .. ':m', 'parkend', 'parks')
    wake_receiver(p, tenant, fields.receiver)
  end
  return 1
end
