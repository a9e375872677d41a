-- accept: keeps one sealed batch of a tenant's alerts, if the tenant's limits allow it.
-- KEYS[1] <prefix>agenda
-- ARGV    tenant, alerts in the batch, sealed batch, weight, most alerts queued, alerts per second (0: no limit), burst,
--         batch's id ('' for one that is never restored), ms that the id is remembered,
--         from whom it is
-- Result  {1, ms at which it was kept} | {0, 'queue_full' | 'rate_limited', ms to wait}
-- Atomic  limits, stream, ledger and the tenant's place in the queue: a batch is kept and will be looked at, or neither.
local function accept(keys, args)
  local p, now = prefix_of(keys), now_ms()
  local tenant, count, weight = args[1], tonumber(args[2]), args[4]
  local meta = p .. tenant .. ':meta'
  local state = redis.call('HMGET', meta, 'q', 'turn')
  local queued = tonumber(state[1] or '0')
  if queued + count > tonumber(args[5]) and queued > 0 then return {0, 'queue_full', 1000} end
  local rate, burst = tonumber(args[6]), tonumber(args[7])
  if rate > 0 then
    -- A batch larger than the burst would never pass: it needs a full bucket, and leaves it as far below empty as it is
    -- larger.
    local wanted = math.min(count, burst)
    local bucket = redis.call('HMGET', meta, 'tok', 'tokat')
    local tokens = math.min(burst, tonumber(bucket[1] or burst)
      + math.max(0, now - tonumber(bucket[2] or now)) * rate / 1000)
    if tokens < wanted then return {0, 'rate_limited', math.ceil((wanted - tokens) * 1000 / rate)} end
    redis.call('HSET', meta, 'tok', string.format('%.6f', tokens - count), 'tokat', int(now))
  end
  -- Known already: a restorer was faster.
  if args[8] ~= '' and not is_first(p, now, args[8], args[9]) then return {1, int(now)} end
  redis.call('XADD', p .. tenant .. ':alerts', '*', 'b', args[3], 'n', args[2], 'w', args[10])
  redis.call('HSET', meta, 'q', int(queued + count), 'weight', weight)
  redis.call('HINCRBY', p .. tenant .. ':ledger', 'accepted', count)
  if tonumber(state[2] or '0') <= now then wake_tenant(p, tenant) end
  return {1, int(now)}
end
