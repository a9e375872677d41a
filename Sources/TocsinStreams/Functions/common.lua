-- Shared by every function of the library. All keys of a shard share one hash tag and start with one prefix, so a
-- function is given one key, KEYS[1] = <prefix>agenda, and forms the others from it: which tenant a turn will serve is
-- known only inside the script. Names:
--   agenda           zset  member r:<tenant> or d:<tenant>:<receiver>, score: when it next needs work, ms
--   work, outbox     zset  who has work now (tenants to route and flush; receivers to deliver to), score: virtual time
--   work:clock, outbox:clock   virtual time of the last one served
--   bell:work, bell:outbox     list of at most one token: wakes one idle worker
--   workers          zset  worker id, score: last sign of life, ms; workers:grace  set while nobody is taken for dead
--   totals           hash  notified attempts retries: of all tenants of the shard, since ever
--   w:<worker>       set   a:<tenant> or d:<tenant>:<receiver>: the streams in which it has a consumer
--   seen:<10 s>:<nn>  set  numbers of the batches that were accepted then, for as long as one may be restored
--   <tenant>:meta    hash  fence, turn, holder, start, f (finish tag), q (alerts queued), tok, tokat, weight,
--                          sv (version of the silences), inh (digest of the rules for which there is an index of sources)
--   <tenant>:silences hash id -> sealed silence
--   <tenant>:i:<meeting> hash  alert -> sealed source: who inhibits where a rule's sources and targets meet
--   <tenant>:alerts  stream b (sealed batch), n (alerts in it), r (when it was accepted, ms, of one that was restored)
--   <tenant>:g:<gid> hash  one group: m, x, a:<alert>, o:<receiver>, s:<receiver>, n:<receiver>, p:<receiver>,
--                          w:<receiver>, l:<receiver> (its last dead letter)
--   <tenant>:damaged:<gid>  a group whose record could not be read
--   <tenant>:v:<receiver>:<gid>  what the receiver's vendor called what was made for the group, sealed; expires
--   <tenant>:c:<name>  a token that workers share, sealed; expires. :turn  who asks for the next one
--   <tenant>:timers  zset  gid, score: when it is to be flushed, ms
--   <tenant>:ledger  hash  accepted fanout delivered dead suppressed superseded; notified attempts retries (notifications)
--   <tenant>:d:<receiver>    stream of notifications to deliver; :r zset of retries; :h hash of what waits for them; :m hash
--                          of limits (cap, rate, burst, weight, tok, tokat), health (fails, open: until when it rests) and of
--                          a receiver that is parked: parked (why), parkend (until when nothing is tried), parkcfg (digest of
--                          the settings that it was parked under), parks (how often in a row)
--   <tenant>:dead    hash  id -> packed dead letter; <tenant>:deadlog zset id by time
--   audit:pending    set   the tenants whose audit queue is not empty
--   <tenant>:subjects  hash  keyed hash of what masking has encrypted -> its sealed key
--   <tenant>:trail   list of what turns have decided (sealed) and how attempts ended (A, tab, ...), newest last; expires.
--                          Its bytes are counted in the tenant's meta (tb), as is the most that they may be (tl)
--   <tenant>:audit:queue     list of entries that are in no tree yet; :head hash of the newest tree: size, fence, note, first
--                          (the first entry that is kept), sealed keys in :signers and :subjects; :cosigned hash witness ->
--                          note; :t:<level>:<index> tiles of hashes, :t:e:<index> tiles of entries
local GROUP = 'dispatchers'
local BREAKER_FAILURES = 5
local BREAKER_MAXIMUM_MS = 15000
local POISON_CRASHES = 3
local TRAIL_MS = 604800000
-- The most bytes of sealed records that one reply is meant to hold; the last record may exceed it.
local MOST_BYTES = 4194304

-- Of a shard that a cluster moves to another server some keys are here and some are not, and a function that met one that
-- is not would be broken off in its middle. A key that is nowhere tells it before anything is done: the server refuses to
-- look for it then, and the caller tries again.
local function in_place(call)
  return function(keys, args)
    redis.call('EXISTS', keys[1] .. ':nowhere')
    return call(keys, args)
  end
end

local function now_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

local function prefix_of(keys) return string.sub(keys[1], 1, -7) end

local function int(n) return string.format('%.0f', n) end

local function credential_key(p, tenant, name) return p .. tenant .. ':c:' .. name end

local function memory_key(p, tenant, receiver, gid) return p .. tenant .. ':v:' .. receiver .. ':' .. gid end

local function ring(p, bell)
  if redis.call('LLEN', p .. bell) == 0 then redis.call('LPUSH', p .. bell, '1') end
end

-- Queues a member at its fair place: never before the virtual clock, never before what it was already served.
-- `is_quiet`: the caller's worker looks at the list itself next, so that nobody need be woken.
local function queue(p, list, member, finish, is_quiet)
  if not redis.call('ZSCORE', p .. list, member) then
    local clock = tonumber(redis.call('GET', p .. list .. ':clock') or '0')
    redis.call('ZADD', p .. list, string.format('%.17g', math.max(clock, tonumber(finish or '0'))), member)
  end
  if not is_quiet then ring(p, 'bell:' .. list) end
end

local function wake_tenant(p, tenant, is_quiet)
  queue(p, 'work', tenant, redis.call('HGET', p .. tenant .. ':meta', 'f') or '0', is_quiet)
end

local function receiver_key(p, tenant, receiver) return p .. tenant .. ':d:' .. receiver end

local function wake_receiver(p, tenant, receiver, is_quiet)
  local finish = redis.call('HGET', receiver_key(p, tenant, receiver) .. ':m', 'f')
  queue(p, 'outbox', tenant .. ':' .. receiver, finish or '0', is_quiet)
end

local function split_member(member)
  local colon = string.find(member, ':', 1, true)
  return string.sub(member, 1, colon - 1), string.sub(member, colon + 1)
end

local function turn_is_open(p, tenant, now)
  return tonumber(redis.call('HGET', p .. tenant .. ':meta', 'turn') or '0') > now
end

-- Moves what is due from the agenda to the fair queues. A tenant whose turn is being served stays until it ends.
local function promote(p, now)
  local due = redis.call('ZRANGEBYSCORE', p .. 'agenda', '-inf', int(now), 'LIMIT', 0, 128)
  for _, member in ipairs(due) do
    local kind, rest = string.sub(member, 1, 1), string.sub(member, 3)
    if kind == 'r' then
      local till = tonumber(redis.call('HGET', p .. rest .. ':meta', 'turn') or '0')
      if till > now then
        redis.call('ZADD', p .. 'agenda', int(till), member)
      else
        redis.call('ZREM', p .. 'agenda', member)
        wake_tenant(p, rest)
      end
    else
      redis.call('ZREM', p .. 'agenda', member)
      wake_receiver(p, split_member(rest))
    end
  end
end

-- In how many ms somebody is needed for this list of the shard, by Redis' clock; 0 if somebody waits in it, -1 if never.
local function next_due(p, list, now)
  if redis.call('EXISTS', p .. list) == 1 then return '0' end
  local first = redis.call('ZRANGE', p .. 'agenda', 0, 0, 'WITHSCORES')
  if first[2] then return int(math.max(0, tonumber(first[2]) - now)) end
  return '-1'
end

local function set_timer_at_latest(p, tenant, gid, due)
  redis.call('ZADD', p .. tenant .. ':timers', 'LT', int(due), gid)
end

-- Puts a tenant that is in no turn where it belongs: to work, on the agenda, or nowhere.
local function reschedule_tenant(p, tenant, now, is_quiet)
  if turn_is_open(p, tenant, now) then return end
  local first = redis.call('ZRANGE', p .. tenant .. ':timers', 0, 0, 'WITHSCORES')
  if redis.call('XLEN', p .. tenant .. ':alerts') > 0 or (first[2] and tonumber(first[2]) <= now) then
    redis.call('ZREM', p .. 'agenda', 'r:' .. tenant)
    wake_tenant(p, tenant, is_quiet)
  elseif first[2] then
    redis.call('ZADD', p .. 'agenda', int(tonumber(first[2])), 'r:' .. tenant)
  else
    redis.call('ZREM', p .. 'agenda', 'r:' .. tenant)
  end
end

-- How many entries of a stream are pending; nil if there is no stream. Makes the consumer group on first sight.
local function pending_count(stream)
  if redis.call('EXISTS', stream) == 0 then return nil end
  local summary = redis.pcall('XPENDING', stream, GROUP)
  if summary.err then
    redis.call('XGROUP', 'CREATE', stream, GROUP, '0')
    return 0
  end
  return tonumber(summary[1])
end

local function undelivered(stream)
  return redis.call('XLEN', stream) - (pending_count(stream) or 0)
end

-- Notes a batch as accepted; false if it is known. The sets are spread so that each stays small: Redis keeps few numbers
-- as a sorted array, 8 bytes each. `id`: set and number, <nn>:<number>; `at`: when it was accepted first, ms.
local function is_first(p, at, id, keep_ms)
  local set, number = string.match(id, '^(%d+):(%d+)$')
  local key = p .. 'seen:' .. int(math.floor(at / 10000)) .. ':' .. set
  if redis.call('SADD', key, number) == 0 then return false end
  redis.call('PEXPIRE', key, keep_ms, 'NX')
  return true
end

-- Reads arguments one after the other, from a position on.
local function reader(args, position)
  local at = position - 1
  return function()
    at = at + 1
    return args[at]
  end
end

local function fields_of(flat)
  local out = {}
  for i = 1, #flat, 2 do out[flat[i]] = flat[i + 1] end
  return out
end

-- Keeps what was decided for a tenant, so that it can be told afterwards; the oldest is forgotten for it.
local function leave_trail(p, tenant, record)
  local meta, list = p .. tenant .. ':meta', p .. tenant .. ':trail'
  local most = tonumber(redis.call('HGET', meta, 'tl') or '0')
  if record == '' or most == 0 then return end
  local bytes
  if redis.call('RPUSH', list, record) == 1 then
    bytes = #record
    redis.call('HSET', meta, 'tb', int(bytes))
  else
    bytes = redis.call('HINCRBY', meta, 'tb', #record)
  end
  while bytes > most do
    local old = redis.call('LPOP', list)
    if not old then break end
    bytes = redis.call('HINCRBY', meta, 'tb', -#old)
  end
  redis.call('PEXPIRE', list, TRAIL_MS)
end

-- Keeps no trail of a tenant any more, nor what there was of it.
local function forget_trail(p, tenant)
  if redis.call('HDEL', p .. tenant .. ':meta', 'tl', 'tb') > 0 then redis.call('DEL', p .. tenant .. ':trail') end
end

-- Notes how an attempt ended in the tenant's trail.
local function leave_attempt(p, tenant, receiver, id, verdict, reason, attempt, now)
  leave_trail(p, tenant, table.concat({'A', int(now), id, receiver, verdict, reason, attempt}, '\t'))
end

-- Queues an entry for the tenant's audit log.
local function audit(p, tenant, entry)
  if entry == nil or entry == '' then return end
  redis.call('RPUSH', p .. tenant .. ':audit:queue', entry)
  redis.call('SADD', p .. 'audit:pending', tenant)
end

local function field_of(flat, name)
  for i = 1, #flat, 2 do
    if flat[i] == name then return flat[i + 1] end
  end
end

local function bytes_of(flat)
  local sum = 0
  for _, text in ipairs(flat) do sum = sum + #text end
  return sum
end

local function flat_of(map)
  local out = {}
  for k, v in pairs(map) do
    out[#out + 1] = k
    out[#out + 1] = tostring(v)
  end
  return out
end

-- After an outage of Redis every heartbeat is old, and the first worker to be back must not take the others for dead:
-- they have this long to come back too. To be called before this worker's own sign of life.
local function note_outage(p, now, dead_after)
  local newest = redis.call('ZRANGE', p .. 'workers', -1, -1, 'WITHSCORES')[2]
  if newest and tonumber(newest) <= now - dead_after then
    redis.call('SET', p .. 'workers:grace', '1', 'PX', int(math.max(1, dead_after * 0.6)))
  end
end

-- Notes that a worker has a consumer in a stream. To take something is a sign of life like a heartbeat: who takes before
-- its first one, or after it was taken for dead, is known as a worker from then on.
local function note_consumer(p, worker, member, now, dead_after)
  note_outage(p, now, dead_after)
  redis.call('SADD', p .. 'w:' .. worker, member)
  redis.call('ZADD', p .. 'workers', int(now), worker)
end

local function is_alive(p, worker, now, dead_after)
  local seen = redis.call('ZSCORE', p .. 'workers', worker)
  if seen and tonumber(seen) > now - dead_after then return true end
  return redis.call('EXISTS', p .. 'workers:grace') == 1
end

-- Records a dead letter. `fields`: what was queued; `kind`: 'delivery' or 'alerts'.
local function bury(p, tenant, id, kind, receiver, fields, reason, now)
  fields.kind = kind
  fields.receiver = receiver
  fields.reason = reason
  fields.died = int(now)
  redis.call('HSET', p .. tenant .. ':dead', id, cmsgpack.pack(fields))
  redis.call('ZADD', p .. tenant .. ':deadlog', int(now), id)
end

-- Gives up a batch that waited to be routed: it becomes a dead letter, and, when it is put into the tree, an entry of the
-- audit log.
local function bury_alerts(p, tenant, id, alerts, reason, now)
  local stream = p .. tenant .. ':alerts'
  local found = redis.call('XRANGE', stream, id, id)[1]
  if found then
    bury(p, tenant, 'alerts-' .. id, 'alerts', '', fields_of(found[2]), reason, now)
    audit(p, tenant, table.concat({'buried-alerts', int(now), 'dead_letter/alerts-' .. id, int(alerts), reason}, '\t'))
  end
  redis.call('XACK', stream, GROUP, id)
  redis.call('XDEL', stream, id)
  redis.call('HINCRBY', p .. tenant .. ':ledger', 'dead', alerts)
  redis.call('HINCRBY', p .. tenant .. ':meta', 'q', -alerts)
end

-- Records a notification that is given up. While its alerts fire the group tells of them again at every interval; the
-- newest letter tells at least what the one before it did, and stands for both, so that a receiver which refuses
-- everything fills no memory.
local function bury_notification(p, tenant, receiver, fields, reason, now)
  local group, field = p .. tenant .. ':g:' .. fields.g, 'l:' .. receiver
  redis.call('HINCRBY', p .. tenant .. ':ledger', 'dead', fields.o)
  redis.call('HINCRBY', p .. tenant .. ':ledger', 'dead_notifications', 1)
  local last = redis.call('HGET', group, field)
  local packed = last and redis.call('HGET', p .. tenant .. ':dead', last)
  if packed then
    fields.o = int(tonumber(fields.o) + tonumber(cmsgpack.unpack(packed).o))
    redis.call('HDEL', p .. tenant .. ':dead', last)
    redis.call('ZREM', p .. tenant .. ':deadlog', last)
  end
  bury(p, tenant, fields.i, 'delivery', receiver, fields, reason, now)
  if redis.call('EXISTS', group) == 1 then redis.call('HSET', group, field, fields.i) end
end

-- Ends what a group was sending to a receiver. Delivered: what was sent becomes the notification log. Otherwise the
-- group is to be looked at again at its next interval. A flush that had to wait for this end comes now.
local function end_sending(p, tenant, gid, receiver, id, delivered, now)
  local group = p .. tenant .. ':g:' .. gid
  if redis.call('HGET', group, 's:' .. receiver) ~= id then return end
  if delivered then
    local log = redis.call('HGET', group, 'p:' .. receiver)
    if log then redis.call('HSET', group, 'n:' .. receiver, log) end
  else
    local m = redis.call('HGET', group, 'm') or ''
    local flushed, interval = string.match(m, '^(%-?%d+):(%d+):')
    if flushed then set_timer_at_latest(p, tenant, gid, tonumber(flushed) + tonumber(interval)) end
  end
  local waiting = redis.call('HDEL', group, 'w:' .. receiver)
  redis.call('HDEL', group, 's:' .. receiver, 'p:' .. receiver)
  if waiting == 1 then set_timer_at_latest(p, tenant, gid, now) end
  if waiting == 1 or not delivered then reschedule_tenant(p, tenant, now) end
end

-- Token bucket: takes up to `wanted` tokens from the hash, answers how many it got and the ms until the next one.
local function take_tokens(hash, rate, burst, wanted, now)
  if rate <= 0 then return wanted, 0 end
  local state = redis.call('HMGET', hash, 'tok', 'tokat')
  local tokens = tonumber(state[1] or burst)
  local since = tonumber(state[2] or now)
  tokens = math.min(burst, tokens + math.max(0, now - since) * rate / 1000)
  local got = math.min(wanted, math.floor(tokens))
  local wait = 0
  if got < wanted then wait = math.ceil((1 - (tokens - got)) * 1000 / rate) end
  redis.call('HSET', hash, 'tok', string.format('%.6f', tokens - got), 'tokat', int(now))
  return got, wait
end
