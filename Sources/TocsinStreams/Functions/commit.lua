-- commit: records everything that a turn decided, acknowledges what it read, and ends the turn.
-- KEYS[1] <prefix>agenda
-- ARGV    tenant, fence, worker, then counted lists (each starts with its number of items):
--         entries that nobody can read: id, alerts, reason; entry ids to acknowledge; alerts in them;
--         fanout, suppressed, superseded (ledger);
--         groups:      gid, due ('' as it is | '-' none | ms | '<' ms: at the latest), delete (0|1),
--                      counted field/value pairs to set, the same to set if absent, counted fields to delete (alerts), counted field/amount pairs to add,
--                      counted receivers for whose delivery a flush waits
--         digest of the inhibition rules to note ('' none);
--         sources:     meeting, alert, sealed source ('' forget it), ms at which the meeting may be forgotten
--         deliveries:  receiver, notification id, gid, owed, sealed notification, sealed log, most in flight,
--                      per second, burst, created ms
--         what the turn has decided, sealed ('' nothing), the most bytes of such records to keep (0: none,
--         and what there is is forgotten)
--         Nobody is woken: the worker looks for more work and for what is to be delivered itself, and rings for what it
--         leaves.
-- Result  {1, ms until the next turn is due or -1} | {0, 'fenced'}: another worker has the turn, nothing was changed
-- Atomic  all of it: a turn happened or did not.
local function acknowledge(stream, next)
  local ids = {}
  for i = 1, tonumber(next()) do ids[i] = next() end
  for first = 1, #ids, 500 do
    local last = math.min(first + 499, #ids)
    redis.call('XACK', stream, GROUP, unpack(ids, first, last))
    redis.call('XDEL', stream, unpack(ids, first, last))
  end
end

local function bury_entries(p, tenant, next, now)
  for _ = 1, tonumber(next()) do
    local id, alerts, reason = next(), tonumber(next()), next()
    bury_alerts(p, tenant, id, alerts, reason, now)
  end
end

local function write_group(p, tenant, next, now)
  local gid, due, delete = next(), next(), next()
  local group, timers = p .. tenant .. ':g:' .. gid, p .. tenant .. ':timers'
  for _ = 1, tonumber(next()) do
    local field, value = next(), next()
    redis.call('HSET', group, field, value)
  end
  for _ = 1, tonumber(next()) do
    local field, value = next(), next()
    redis.call('HSETNX', group, field, value)
  end
  for _ = 1, tonumber(next()) do redis.call('HDEL', group, 'a:' .. next()) end
  for _ = 1, tonumber(next()) do
    local field, amount = next(), next()
    redis.call('HINCRBY', group, field, amount)
  end
  if delete == '1' then
    redis.call('DEL', group)
    due = '-'
  end
  if due == '-' then
    redis.call('ZREM', timers, gid)
  elseif string.sub(due, 1, 1) == '<' then
    redis.call('ZADD', timers, 'LT', string.sub(due, 2), gid)
  elseif due ~= '' then
    redis.call('ZADD', timers, due, gid)
  end
  for _ = 1, tonumber(next()) do
    local receiver = next()
    -- The delivery that the flush waits for may have ended while the turn was thinking.
    if redis.call('HEXISTS', group, 's:' .. receiver) == 1 then
      redis.call('HSET', group, 'w:' .. receiver, '1')
    else
      set_timer_at_latest(p, tenant, gid, now)
    end
  end
end

local function write_source(p, tenant, next)
  local key, alert, sealed, expiry = p .. tenant .. ':i:' .. next(), next(), next(), tonumber(next())
  if sealed == '' then
    redis.call('HDEL', key, alert)
  else
    redis.call('HSET', key, alert, sealed)
    if redis.call('PEXPIRETIME', key) < expiry then redis.call('PEXPIREAT', key, int(expiry)) end
  end
end

local function write_delivery(p, tenant, next, weight)
  local receiver, id, gid, owed, sealed, log = next(), next(), next(), next(), next(), next()
  local most, rate, burst, created = next(), next(), next(), next()
  local stream = receiver_key(p, tenant, receiver)
  redis.call('XADD', stream, '*', 'b', sealed, 'i', id, 'g', gid, 'o', owed, 'a', '0', 'c', '0', 'f', created, 't', '')
  redis.call('HSET', stream .. ':m', 'cap', most, 'rate', rate, 'burst', burst, 'weight', weight)
  redis.call('HSET', p .. tenant .. ':g:' .. gid, 's:' .. receiver, id, 'p:' .. receiver, log)
  redis.call('HINCRBY', p .. tenant .. ':ledger', 'notified', 1)
  wake_receiver(p, tenant, receiver, true)
end

local function commit(keys, args)
  local p, now = prefix_of(keys), now_ms()
  local tenant = args[1]
  local meta, stream, ledger = p .. tenant .. ':meta', p .. tenant .. ':alerts', p .. tenant .. ':ledger'
  local state = redis.call('HMGET', meta, 'fence', 'holder', 'start', 'weight')
  if state[1] ~= args[2] or state[2] ~= args[3] then return {0, 'fenced'} end
  local weight = tonumber(state[4] or '1')

  local next = reader(args, 4)
  bury_entries(p, tenant, next, now)
  acknowledge(stream, next)
  local alerts = tonumber(next())
  if alerts > 0 then redis.call('HINCRBY', meta, 'q', -alerts) end
  for _, name in ipairs({'fanout', 'suppressed', 'superseded'}) do
    local amount = tonumber(next())
    if amount ~= 0 then redis.call('HINCRBY', ledger, name, amount) end
  end
  local groups = tonumber(next())
  for _ = 1, groups do write_group(p, tenant, next, now) end
  local digest = next()
  if digest ~= '' then redis.call('HSET', meta, 'inh', digest) end
  for _ = 1, tonumber(next()) do write_source(p, tenant, next) end
  local deliveries = tonumber(next())
  for _ = 1, deliveries do write_delivery(p, tenant, next, int(weight)) end
  local record, most = next(), next()
  if most == '0' then
    forget_trail(p, tenant)
  elseif record ~= '' then
    redis.call('HSET', meta, 'tl', most)
    leave_trail(p, tenant, record)
  end
  if deliveries > 0 then redis.call('HINCRBY', p .. 'totals', 'notified', deliveries) end

  local cost = math.max(1, alerts + groups + deliveries)
  redis.call('HSET', meta, 'f', string.format('%.17g', tonumber(state[3] or '0') + cost / weight))
  redis.call('HDEL', meta, 'turn', 'holder', 'start')
  reschedule_tenant(p, tenant, now, true)
  return {1, next_due(p, 'work', now)}
end
