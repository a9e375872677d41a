-- turn: gives the worker the next tenant of this shard to route and flush, alone until the lease ends.
-- KEYS[1] <prefix>agenda
-- ARGV    worker, lease ms, most alerts to read, most timers, ms without heartbeat after which a worker is dead
-- Result  {0, ms until the next is due or -1}
--       | {1, tenant, fence, now ms, {entry id, sealed batch, alerts, ...}, {gid, due ms, ...}, alerts buried as poison}
-- Atomic  choice by virtual time, lease with a new fence, take-over of what a dead turn left, reading of new entries.
local function take_over(p, tenant, worker, now, dead_after, entries)
  local stream = p .. tenant .. ':alerts'
  local buried = 0
  for _, item in ipairs(redis.call('XPENDING', stream, GROUP, '-', '+', 64)) do
    local id, holder, deliveries = item[1], item[2], tonumber(item[4])
    -- Only a death counts against an entry: a worker that lives and merely lost Redis gets it back uncounted.
    local died = holder ~= worker and not is_alive(p, holder, now, dead_after)
    if died and deliveries >= POISON_CRASHES then
      local found = redis.call('XRANGE', stream, id, id)[1]
      if found then
        local fields = fields_of(found[2])
        bury(p, tenant, 'alerts-' .. id, 'alerts', '', fields, 'poison', now)
        redis.call('HINCRBY', p .. tenant .. ':ledger', 'dead', tonumber(fields.n))
        redis.call('HINCRBY', p .. tenant .. ':meta', 'q', -tonumber(fields.n))
        buried = buried + tonumber(fields.n)
      end
      redis.call('XACK', stream, GROUP, id)
      redis.call('XDEL', stream, id)
    else
      local found
      if died then
        found = redis.call('XCLAIM', stream, GROUP, worker, 0, id)[1]
      else
        redis.call('XCLAIM', stream, GROUP, worker, 0, id, 'JUSTID')
        found = redis.call('XRANGE', stream, id, id)[1]
      end
      if found then
        local fields = fields_of(found[2])
        entries[#entries + 1] = id
        entries[#entries + 1] = fields.b
        entries[#entries + 1] = fields.n
      else
        redis.call('XACK', stream, GROUP, id)
      end
    end
  end
  return buried
end

local function turn(keys, args)
  local p, now = prefix_of(keys), now_ms()
  local worker, lease, most_alerts = args[1], tonumber(args[2]), tonumber(args[3])
  promote(p, now)
  local first = redis.call('ZPOPMIN', p .. 'work')
  if not first[1] then return {0, next_due(p, now)} end
  local tenant = first[1]
  redis.call('SET', p .. 'work:clock', first[2])
  local meta, stream = p .. tenant .. ':meta', p .. tenant .. ':alerts'
  local fence = redis.call('HINCRBY', meta, 'fence', 1)
  redis.call('HSET', meta, 'turn', int(now + lease), 'holder', worker, 'start', first[2])
  redis.call('ZADD', p .. 'agenda', int(now + lease), 'r:' .. tenant)

  local entries, buried, read = {}, 0, 0
  local pending = pending_count(stream)
  if pending then
    note_consumer(p, worker, 'a:' .. tenant, now)
    if pending > 0 then
      buried = take_over(p, tenant, worker, now, tonumber(args[5]), entries)
      for i = 3, #entries, 3 do read = read + tonumber(entries[i]) end
    end
    -- A few entries at a time, because one may hold a single alert or thousands.
    while read < most_alerts do
      local got = redis.call('XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', 16, 'STREAMS', stream, '>')
      if not got or not got[1] then break end
      for _, item in ipairs(got[1][2]) do
        local fields = fields_of(item[2])
        entries[#entries + 1] = item[1]
        entries[#entries + 1] = fields.b
        entries[#entries + 1] = fields.n
        read = read + tonumber(fields.n)
      end
    end
  end
  local timers = redis.call('ZRANGEBYSCORE', p .. tenant .. ':timers', '-inf', int(now), 'WITHSCORES', 'LIMIT', 0,
    tonumber(args[4]))
  if redis.call('ZCARD', p .. 'work') > 0 then ring(p, 'bell:work') end
  return {1, tenant, int(fence), int(now), entries, timers, buried}
end
