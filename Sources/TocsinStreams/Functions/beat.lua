-- beat: a worker's heartbeat in this shard; also hands back what a dead worker held.
-- KEYS[1] <prefix>agenda
-- ARGV    worker, ms without heartbeat after which a worker is dead, 1 if this worker leaves
-- Result  {notifications handed back, turns ended}
-- Atomic  every notification is either held by one live worker or queued again. A death is counted on the notification
--         (it may be what kills), but is not an attempt; after three deaths it is a dead letter.
local function hand_back(p, tenant, receiver, worker, crashed, now)
  local stream, count = receiver_key(p, tenant, receiver), 0
  for _, item in ipairs(redis.call('XPENDING', stream, GROUP, '-', '+', 256, worker)) do
    local found = redis.call('XRANGE', stream, item[1], item[1])[1]
    redis.call('XACK', stream, GROUP, item[1])
    redis.call('XDEL', stream, item[1])
    if found then
      local fields = fields_of(found[2])
      if crashed then fields.c = int(tonumber(fields.c) + 1) end
      if tonumber(fields.c) >= POISON_CRASHES then
        bury(p, tenant, fields.i, 'delivery', receiver, fields, 'poison', now)
        redis.call('HINCRBY', p .. tenant .. ':ledger', 'dead', fields.o)
        redis.call('HINCRBY', p .. tenant .. ':ledger', 'dead_notifications', 1)
        end_sending(p, tenant, fields.g, receiver, fields.i, false, now)
      else
        redis.call('XADD', stream, '*', unpack(flat_of(fields)))
      end
      count = count + 1
    end
  end
  if #redis.call('XPENDING', stream, GROUP, '-', '+', 1, worker) == 0 then
    redis.call('XGROUP', 'DELCONSUMER', stream, GROUP, worker)
    redis.call('SREM', p .. 'w:' .. worker, 'd:' .. tenant .. ':' .. receiver)
  end
  wake_receiver(p, tenant, receiver)
  return count
end

local function end_turn(p, tenant, worker, now)
  local meta, stream, ended = p .. tenant .. ':meta', p .. tenant .. ':alerts', 0
  if redis.call('HGET', meta, 'holder') == worker then
    redis.call('HDEL', meta, 'turn', 'holder', 'start')
    redis.call('HINCRBY', meta, 'fence', 1)
    reschedule_tenant(p, tenant, now)
    ended = 1
  end
  -- Entries still pending are taken over by the tenant's next turn; the consumer goes when it holds none.
  local pending = redis.pcall('XPENDING', stream, GROUP, '-', '+', 1, worker)
  if pending.err then
    redis.call('SREM', p .. 'w:' .. worker, 'a:' .. tenant)
  elseif #pending == 0 then
    redis.call('XGROUP', 'DELCONSUMER', stream, GROUP, worker)
    redis.call('SREM', p .. 'w:' .. worker, 'a:' .. tenant)
  end
  return ended
end

local function bring_home(p, worker, crashed, now)
  local notifications, turns = 0, 0
  for _, member in ipairs(redis.call('SRANDMEMBER', p .. 'w:' .. worker, 64)) do
    local kind, rest = string.sub(member, 1, 1), string.sub(member, 3)
    if kind == 'a' then
      turns = turns + end_turn(p, rest, worker, now)
    else
      local tenant, receiver = split_member(rest)
      notifications = notifications + hand_back(p, tenant, receiver, worker, crashed, now)
    end
  end
  if redis.call('SCARD', p .. 'w:' .. worker) == 0 then redis.call('ZREM', p .. 'workers', worker) end
  return notifications, turns
end

local function beat(keys, args)
  local p, now = prefix_of(keys), now_ms()
  local notifications, turns = 0, 0
  if args[3] == '1' then
    notifications, turns = bring_home(p, args[1], false, now)
  else
    redis.call('ZADD', p .. 'workers', int(now), args[1])
    local dead = redis.call('ZRANGEBYSCORE', p .. 'workers', '-inf', int(now - tonumber(args[2])), 'LIMIT', 0, 2)
    for _, worker in ipairs(dead) do
      local n, t = bring_home(p, worker, true, now)
      notifications, turns = notifications + n, turns + t
    end
  end
  return {notifications, turns}
end
