-- turn: gives the worker the next tenant of this shard to route and flush, alone until the lease ends.
-- KEYS[1] <prefix>agenda
-- ARGV    worker, lease ms, most alerts to read, most timers, ms without heartbeat after which a worker is dead
-- Result  {0, ms until the next is due or -1}
--       | {1, tenant, fence, now ms, {entry id, sealed batch, alerts, ms at which it was accepted if that is not the entry's or '', from whom it is, ...}, {gid, due ms, ...}, alerts buried as poison,
--         time of the oldest entry that was left or now, ms, version of the silences, digest of the inhibition rules
--         that the index was made for}
-- Atomic  choice by virtual time, lease with a new fence, take-over of what a dead turn left, reading of new entries.
-- What a turn has read, as a flat list of five for each entry.
local function add_entry(got, id, flat)
  local fields = fields_of(flat)
  local list = got.list
  list[#list + 1] = id
  list[#list + 1] = fields.b
  list[#list + 1] = fields.n
  list[#list + 1] = fields.r or ''
  list[#list + 1] = fields.w or ''
  got.alerts = got.alerts + tonumber(fields.n)
  got.bytes = got.bytes + #fields.b
  got.last = id
end

-- Takes what turns that did not end have left, oldest first. Answers how many alerts were buried, and whether that was
-- all: nothing newer may be read before what is older.
local function take_over(p, tenant, worker, now, dead_after, most_alerts, got)
  local stream, buried = p .. tenant .. ':alerts', 0
  local items = redis.call('XPENDING', stream, GROUP, '-', '+', 256)
  for _, item in ipairs(items) do
    if got.alerts >= most_alerts or got.bytes >= MOST_BYTES then return buried, false end
    local id, holder, deliveries = item[1], item[2], tonumber(item[4])
    -- Only a death counts against an entry: a worker that lives and merely lost Redis gets it back uncounted.
    local died = holder ~= worker and not is_alive(p, holder, now, dead_after)
    local found = redis.call('XRANGE', stream, id, id)[1]
    if found and not (died and deliveries >= POISON_CRASHES) then
      if died then
        redis.call('XCLAIM', stream, GROUP, worker, 0, id)
      else
        redis.call('XCLAIM', stream, GROUP, worker, 0, id, 'JUSTID')
      end
      add_entry(got, id, found[2])
    else
      local alerts = found and tonumber(field_of(found[2], 'n')) or 0
      bury_alerts(p, tenant, id, alerts, 'poison', now)
      buried = buried + alerts
    end
  end
  return buried, #items < 256
end

local function read_new(stream, worker, most_alerts, got)
  local count = 1
  while got.alerts < most_alerts and got.bytes < MOST_BYTES do
    local reply = redis.call('XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', count, 'STREAMS', stream, '>')
    if not reply or not reply[1] then break end
    local alerts, bytes, entries = got.alerts, got.bytes, #reply[1][2]
    for _, item in ipairs(reply[1][2]) do add_entry(got, item[1], item[2]) end
    -- One entry may hold a single alert or thousands: the last ones tell how many more are likely to fit.
    local each_alerts, each_bytes = (got.alerts - alerts) / entries, (got.bytes - bytes) / entries
    count = math.max(1, math.min(64, math.floor((most_alerts - got.alerts) / each_alerts),
      math.floor((MOST_BYTES - got.bytes) / each_bytes)))
  end
end

-- Until when everything that has come is known to this turn: an alert that seems to have ended after that may have been
-- renewed in an entry that was left for the next turn.
local function horizon_of(stream, got, now)
  local start = got.last and ('(' .. got.last) or '-'
  local first = redis.call('XRANGE', stream, start, '+', 'COUNT', 1)[1]
  if not first then return now end
  return math.min(now, tonumber(string.match(first[1], '^%d+')))
end

local function turn(keys, args)
  local p, now = prefix_of(keys), now_ms()
  local worker, lease = args[1], tonumber(args[2])
  local most_alerts, dead_after = tonumber(args[3]), tonumber(args[5])
  promote(p, now)
  local first = redis.call('ZPOPMIN', p .. 'work')
  if not first[1] then return {0, next_due(p, 'work', now)} end
  local tenant = first[1]
  redis.call('SET', p .. 'work:clock', first[2])
  local meta, stream = p .. tenant .. ':meta', p .. tenant .. ':alerts'
  local fence = redis.call('HINCRBY', meta, 'fence', 1)
  redis.call('HSET', meta, 'turn', int(now + lease), 'holder', worker, 'start', first[2])
  redis.call('ZADD', p .. 'agenda', int(now + lease), 'r:' .. tenant)

  local got, buried = {list = {}, alerts = 0, bytes = 0}, 0
  local pending = pending_count(stream)
  if pending then
    local is_all = true
    note_consumer(p, worker, 'a:' .. tenant, now, dead_after)
    if pending > 0 then buried, is_all = take_over(p, tenant, worker, now, dead_after, most_alerts, got) end
    if is_all then read_new(stream, worker, most_alerts, got) end
  end
  local timers = redis.call('ZRANGEBYSCORE', p .. tenant .. ':timers', '-inf', int(now), 'WITHSCORES', 'LIMIT', 0,
    tonumber(args[4]))
  if redis.call('ZCARD', p .. 'work') > 0 then ring(p, 'bell:work') end
  local rules = redis.call('HMGET', meta, 'sv', 'inh')
  return {1, tenant, int(fence), int(now), got.list, timers, buried, int(horizon_of(stream, got, now)), rules[1] or '0',
    rules[2] or ''}
end
