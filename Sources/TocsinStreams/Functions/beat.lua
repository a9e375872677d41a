-- beat: a worker's heartbeat in this shard; also hands back what a dead worker held.
-- KEYS[1] <prefix>agenda
-- ARGV    worker, ms without heartbeat after which a worker is dead, what it says:
--         beat   it lives
--         reset  it lives, and holds just these notifications: <tenant>:<receiver>:<entry id>, ...
--         leave  it ends
-- Result  {notifications handed back, turns ended, streams of this worker that are still to be handed back}
-- Atomic  every notification is either held by one live worker or queued again. A death is counted on the notification
--         (it may be what kills), but is not an attempt; after three deaths it is a dead letter, and the audit log says so.
local function hand_back_entry(p, tenant, receiver, id, crashed, now)
  local stream = receiver_key(p, tenant, receiver)
  local found = redis.call('XRANGE', stream, id, id)[1]
  redis.call('XACK', stream, GROUP, id)
  redis.call('XDEL', stream, id)
  if not found then return end
  local fields = fields_of(found[2])
  -- Nobody knows how far the attempt had come.
  fields.u = '1'
  if crashed then fields.c = int(tonumber(fields.c) + 1) end
  if tonumber(fields.c) < POISON_CRASHES then
    redis.call('XADD', stream, '*', unpack(flat_of(fields)))
    return
  end
  bury_notification(p, tenant, receiver, fields, 'poison', now)
  end_sending(p, tenant, fields.g, receiver, fields.i, false, now)
  leave_attempt(p, tenant, receiver, fields.i, 'dead', 'poison', '', now)
  -- No worker tells of it: it becomes an entry when it is put into the tree.
  audit(p, tenant, table.concat({'buried', int(now), fields.i, receiver, fields.a or '0', fields.f or int(now), 'poison'}, '\t'))
end

local function hand_back(p, tenant, receiver, worker, crashed, kept, now)
  local stream, count = receiver_key(p, tenant, receiver), 0
  for _, item in ipairs(redis.call('XPENDING', stream, GROUP, '-', '+', 256, worker)) do
    if not kept[tenant .. ':' .. receiver .. ':' .. item[1]] then
      hand_back_entry(p, tenant, receiver, item[1], crashed, now)
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
  for _, member in ipairs(redis.call('SRANDMEMBER', p .. 'w:' .. worker, 1024)) do
    local kind, rest = string.sub(member, 1, 1), string.sub(member, 3)
    if kind == 'a' then
      turns = turns + end_turn(p, rest, worker, now)
    else
      local tenant, receiver = split_member(rest)
      notifications = notifications + hand_back(p, tenant, receiver, worker, crashed, {}, now)
    end
  end
  local left = redis.call('SCARD', p .. 'w:' .. worker)
  if left == 0 then redis.call('ZREM', p .. 'workers', worker) end
  return notifications, turns, left
end

-- Hands back notifications of which a worker that lives on knows nothing; its turns have leases of their own.
local function reset(p, worker, kept, now)
  local notifications, left = 0, 0
  for _, member in ipairs(redis.call('SMEMBERS', p .. 'w:' .. worker)) do
    if string.sub(member, 1, 1) == 'd' then
      if notifications < 256 then
        local tenant, receiver = split_member(string.sub(member, 3))
        notifications = notifications + hand_back(p, tenant, receiver, worker, false, kept, now)
      end
      left = left + redis.call('SISMEMBER', p .. 'w:' .. worker, member)
    end
  end
  return notifications, left
end

local function beat(keys, args)
  local p, now = prefix_of(keys), now_ms()
  local notifications, turns, left = 0, 0, 0
  if args[3] == 'leave' then
    notifications, turns, left = bring_home(p, args[1], false, now)
  else
    note_outage(p, now, tonumber(args[2]))
    redis.call('ZADD', p .. 'workers', int(now), args[1])
    if args[3] == 'reset' then
      local kept = {}
      for i = 4, #args do kept[args[i]] = true end
      notifications, left = reset(p, args[1], kept, now)
    end
    local dead = redis.call('ZRANGEBYSCORE', p .. 'workers', '-inf', int(now - tonumber(args[2])), 'LIMIT', 0, 2)
    for _, worker in ipairs(dead) do
      if not is_alive(p, worker, now, tonumber(args[2])) then
        local n, t = bring_home(p, worker, true, now)
        notifications, turns = notifications + n, turns + t
      end
    end
  end
  return {notifications, turns, left}
end
