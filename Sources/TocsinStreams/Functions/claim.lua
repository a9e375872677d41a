-- claim: gives the worker notifications to deliver, receiver by receiver in fair order, within each receiver's limits.
-- KEYS[1] <prefix>agenda
-- ARGV    worker, most notifications, ms without heartbeat after which a worker is dead
-- Result  {ms until the next is due or -1,
--          {tenant, receiver, now ms, {entry id, {field, value, ...}, vendor's memory or '', ...},
--           digest of the settings that the receiver is parked under or ''}, ...}
--         Stops after MOST_BYTES of notifications, because one reply must fit into a connection that all share.
-- Atomic  choice, concurrency, rate, breaker and reading; being pending for this worker is the record of the attempt.
local function claim_from(p, tenant, receiver, worker, budget, now, dead_after)
  local stream = receiver_key(p, tenant, receiver)
  local state = redis.call('HMGET', stream .. ':m', 'cap', 'rate', 'burst', 'open', 'fails', 'weight', 'parkend', 'parkcfg')
  local open = tonumber(state[4] or '0')
  if open > now then
    redis.call('ZADD', p .. 'agenda', int(open), 'd:' .. tenant .. ':' .. receiver)
    return nil, 0
  end
  local due = redis.call('ZRANGEBYSCORE', stream .. ':r', '-inf', int(now), 'LIMIT', 0, budget)
  for _, id in ipairs(due) do
    local packed = redis.call('HGET', stream .. ':h', id)
    if packed then redis.call('XADD', stream, '*', unpack(flat_of(cmsgpack.unpack(packed)))) end
    redis.call('ZREM', stream .. ':r', id)
    redis.call('HDEL', stream .. ':h', id)
  end
  local pending = pending_count(stream)
  if not pending then return nil, 0 end
  local free = tonumber(state[1] or '1') - pending
  -- A breaker that has just closed is tried with one notification at a time.
  if tonumber(state[5] or '0') >= BREAKER_FAILURES then free = math.min(free, 1 - pending) end
  local waiting = redis.call('XLEN', stream) - pending
  local wanted = math.min(budget, free, waiting)
  if wanted <= 0 then return nil, waiting end
  -- After a while one is tried: what was wrong may have been mended at the vendor's.
  local is_parked = tonumber(state[7] or '0') > now
  if state[8] and not is_parked then wanted = math.min(wanted, 1 - pending) end
  if wanted <= 0 then return nil, waiting end
  local got, wait = take_tokens(stream .. ':m', tonumber(state[2] or '0'), tonumber(state[3] or '1'), wanted, now)
  if got < wanted then redis.call('ZADD', p .. 'agenda', int(now + wait), 'd:' .. tenant .. ':' .. receiver) end
  if got == 0 then return nil, 0 end
  note_consumer(p, worker, 'd:' .. tenant .. ':' .. receiver, now, dead_after)
  local entries, bytes = {}, 0
  while #entries / 3 < got and bytes < MOST_BYTES do
    -- A few at a time, because one may hold a single alert or thousands.
    local read = redis.call('XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', math.min(8, got - #entries / 3), 'STREAMS',
      stream, '>')
    if not read or not read[1] then break end
    for _, item in ipairs(read[1][2]) do
      entries[#entries + 1] = item[1]
      entries[#entries + 1] = item[2]
      entries[#entries + 1] = redis.call('GET', memory_key(p, tenant, receiver, field_of(item[2], 'g'))) or ''
      bytes = bytes + bytes_of(item[2])
    end
  end
  local taken = #entries / 3
  local may_go_on = taken < got or (got == wanted and free > got)
  return entries, may_go_on and waiting - taken or 0, tonumber(state[6] or '1'), bytes, is_parked and state[8] or ''
end

-- A retry that is due while the breaker is open waits for the breaker: the receiver would be looked at in vain until then.
local function schedule_retries(p, tenant, receiver)
  local key = receiver_key(p, tenant, receiver)
  local first = redis.call('ZRANGE', key .. ':r', 0, 0, 'WITHSCORES')
  if first[2] then
    local due = math.max(tonumber(first[2]), tonumber(redis.call('HGET', key .. ':m', 'open') or '0'))
    redis.call('ZADD', p .. 'agenda', 'LT', int(due), 'd:' .. tenant .. ':' .. receiver)
  end
end

local function claim(keys, args)
  local p, now = prefix_of(keys), now_ms()
  local worker, budget, dead_after = args[1], tonumber(args[2]), tonumber(args[3])
  promote(p, now)
  local out, bytes = {'-1'}, 0
  for _ = 1, 16 do
    if budget <= 0 or bytes >= MOST_BYTES then break end
    local first = redis.call('ZPOPMIN', p .. 'outbox')
    if not first[1] then break end
    redis.call('SET', p .. 'outbox:clock', first[2])
    local tenant, receiver = split_member(first[1])
    local entries, more, weight, size, parked = claim_from(p, tenant, receiver, worker, budget, now, dead_after)
    schedule_retries(p, tenant, receiver)
    if entries and #entries > 0 then
      local count = #entries / 3
      local finish = string.format('%.17g', tonumber(first[2]) + count / weight)
      redis.call('HSET', receiver_key(p, tenant, receiver) .. ':m', 'f', finish)
      out[#out + 1] = {tenant, receiver, int(now), entries, parked}
      budget = budget - count
      bytes = bytes + size
      if more > 0 then queue(p, 'outbox', first[1], finish) end
    end
  end
  out[1] = next_due(p, 'outbox', now)
  if out[1] == '0' then ring(p, 'bell:outbox') end
  return out
end
