-- settle: records how an attempt ended.
-- KEYS[1] <prefix>agenda
-- ARGV    worker, tenant, receiver, entry id, verdict, ms to wait, reason, attempt record, receiver's health, ms of pause (of one that is parked: the longest),
--         whether the vendor may have it although it did not say so (1 | 0), vendor's memory (sealed | forget | keep | none), ms it is kept, digest of the receiver's settings,
--         entry for the audit log ('' none)
--         verdict: delivered | retry (an attempt was used) | release (none was used) | dead
--         health:  ok | failed | paused | parked | same
-- Result  1 | 0: the entry is not this worker's any more, nothing was changed | 2: the receiver has just been parked,
--         perhaps once more | 3: it was, and works again
-- Atomic  acknowledge, next place of the notification, group's log, ledger, breaker, audit.
local function note_health(key, health, pause, reason, settings, now)
  if health == 'ok' then
    local was_parked = redis.call('HDEL', key, 'parked', 'parkend', 'parkcfg', 'parks') > 0
    redis.call('HDEL', key, 'fails', 'open')
    if was_parked then return 3 end
  elseif health == 'parked' then
    -- Several attempts that were on their way together are one refusal.
    local old = redis.call('HMGET', key, 'parkend', 'parkcfg')
    if tonumber(old[1] or '0') > now and old[2] == settings then return 1 end
    -- What looks as if it were for good may be a mistake of the vendor's: the first times it is tried again soon.
    local rest = math.min(pause, 60000 * 2 ^ math.min(10, redis.call('HINCRBY', key, 'parks', 1) - 1))
    redis.call('HSET', key, 'parked', reason, 'parkend', int(now + rest), 'parkcfg', settings)
    return 2
  elseif health == 'paused' then
    redis.call('HSET', key, 'open', int(now + pause))
  elseif health == 'failed' then
    local fails = redis.call('HINCRBY', key, 'fails', 1)
    if fails >= BREAKER_FAILURES then
      local rest = math.min(BREAKER_MAXIMUM_MS, 1000 * 2 ^ math.min(10, fails - BREAKER_FAILURES))
      redis.call('HSET', key, 'open', int(now + math.max(rest, pause)))
    end
  end
  return 1
end

local function keep_attempt(fields, attempt)
  if attempt == '' then return end
  fields.t = (fields.t or '') .. attempt .. ';'
  if #fields.t > 4096 then fields.t = '...;' .. string.sub(fields.t, -3500) end
end

local function keep_memory(key, memory, ttl)
  if memory == 'forget' then
    redis.call('DEL', key)
  elseif memory == 'keep' then
    redis.call('PEXPIRE', key, ttl)
  elseif memory ~= 'none' then
    redis.call('SET', key, memory, 'PX', ttl)
  end
end

local function settle(keys, args)
  local p, now = prefix_of(keys), now_ms()
  local worker, tenant, receiver, entry, verdict = args[1], args[2], args[3], args[4], args[5]
  local stream, ledger = receiver_key(p, tenant, receiver), p .. tenant .. ':ledger'
  local held = redis.pcall('XPENDING', stream, GROUP, entry, entry, 1)
  if held.err or not held[1] or held[1][2] ~= worker then return 0 end
  local found = redis.call('XRANGE', stream, entry, entry)[1]
  redis.call('XACK', stream, GROUP, entry)
  redis.call('XDEL', stream, entry)
  if not found then return 0 end
  local fields = fields_of(found[2])
  keep_attempt(fields, args[8])
  if verdict ~= 'release' then
    fields.a = int(tonumber(fields.a) + 1)
    -- An attempt that came to its end did not kill its worker.
    fields.c = '0'
    redis.call('HINCRBY', ledger, 'attempts', 1)
    redis.call('HINCRBY', p .. 'totals', 'attempts', 1)
  end
  if args[11] == '1' then fields.u = '1' end
  keep_memory(memory_key(p, tenant, receiver, fields.g), args[12], args[13])
  if verdict == 'delivered' then
    redis.call('HINCRBY', ledger, 'delivered', fields.o)
    redis.call('HINCRBY', ledger, 'delivered_notifications', 1)
    end_sending(p, tenant, fields.g, receiver, fields.i, true, now)
  elseif verdict == 'dead' then
    bury_notification(p, tenant, receiver, fields, args[7], now)
    end_sending(p, tenant, fields.g, receiver, fields.i, false, now)
  else
    if verdict == 'retry' then
      redis.call('HINCRBY', ledger, 'retries', 1)
      redis.call('HINCRBY', p .. 'totals', 'retries', 1)
    end
    local due = now + tonumber(args[6])
    redis.call('HSET', stream .. ':h', fields.i, cmsgpack.pack(fields))
    redis.call('ZADD', stream .. ':r', int(due), fields.i)
    redis.call('ZADD', p .. 'agenda', 'LT', int(due), 'd:' .. tenant .. ':' .. receiver)
  end
  audit(p, tenant, args[15])
  if verdict ~= 'release' then
    leave_attempt(p, tenant, receiver, fields.i, verdict, args[7], args[8], now)
  end
  local change = note_health(stream .. ':m', args[9], tonumber(args[10]), args[7], args[14], now)
  if undelivered(stream) > 0 then wake_receiver(p, tenant, receiver) end
  return change
end
