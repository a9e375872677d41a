-- claim: gives the worker notifications to deliver, receiver by receiver in fair order, within each receiver's limits.
-- KEYS[1] <prefix>agenda
-- ARGV    worker, most notifications
-- Result  {ms until the next is due or -1, {tenant, receiver, now ms, {entry id, {field, value, ...}, ...}}, ...}
-- Atomic  choice, concurrency, rate, breaker and reading; being pending for this worker is the record of the attempt.
local function claim_from(p, tenant, receiver, worker, budget, now)
  local stream = receiver_key(p, tenant, receiver)
  local state = redis.call('HMGET', stream .. ':m', 'cap', 'rate', 'burst', 'open', 'fails', 'weight')
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
  local got, wait = take_tokens(stream .. ':m', tonumber(state[2] or '0'), tonumber(state[3] or '1'), wanted, now)
  if got < wanted then redis.call('ZADD', p .. 'agenda', int(now + wait), 'd:' .. tenant .. ':' .. receiver) end
  if got == 0 then return nil, 0 end
  note_consumer(p, worker, 'd:' .. tenant .. ':' .. receiver, now)
  local read = redis.call('XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', got, 'STREAMS', stream, '>')
  local entries = {}
  for _, item in ipairs(read and read[1] and read[1][2] or {}) do
    entries[#entries + 1] = item[1]
    entries[#entries + 1] = item[2]
  end
  return entries, (got == wanted and free > got) and waiting - got or 0, tonumber(state[6] or '1')
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
  local worker, budget = args[1], tonumber(args[2])
  promote(p, now)
  local out = {'-1'}
  for _ = 1, 16 do
    if budget <= 0 then break end
    local first = redis.call('ZPOPMIN', p .. 'outbox')
    if not first[1] then break end
    redis.call('SET', p .. 'outbox:clock', first[2])
    local tenant, receiver = split_member(first[1])
    local entries, more, weight = claim_from(p, tenant, receiver, worker, budget, now)
    schedule_retries(p, tenant, receiver)
    if entries and #entries > 0 then
      local count = #entries / 2
      local finish = string.format('%.17g', tonumber(first[2]) + count / weight)
      redis.call('HSET', receiver_key(p, tenant, receiver) .. ':m', 'f', finish)
      out[#out + 1] = {tenant, receiver, int(now), entries}
      budget = budget - count
      if more > 0 then queue(p, 'outbox', first[1], finish) end
    end
  end
  if redis.call('ZCARD', p .. 'outbox') > 0 then ring(p, 'bell:outbox') end
  out[1] = next_due(p, now)
  return out
end
