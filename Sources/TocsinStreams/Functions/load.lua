-- load: tells what waits in this shard that a worker could do now, for who decides how many workers there are to be.
-- KEYS[1] <prefix>agenda
-- ARGV    ms ahead for which what a receiver's rate lets through counts, most members to look at in each list
-- Result  {deliveries that could be made, how many of them are retries that are due, deliveries that wait for their
--          receiver, free places at receivers, alerts that are not routed, tenants with something due, ms that the oldest has waited
--          or -1, ms until the next is due or -1, notified, attempts, retries (all since ever)}
-- Atomic  one moment of the shard. Looks only at who is waiting, never at all tenants; where more wait than it may look
--         at, it counts the others like those.
local function held(stream)
  local summary = redis.pcall('XPENDING', stream, GROUP)
  return summary.err and 0 or tonumber(summary[1])
end

-- How long the first entry that nobody has read has waited; nil if there is none.
local function unread_age(stream, now)
  local from, groups = '-', redis.pcall('XINFO', 'GROUPS', stream)
  if groups.err then return nil end
  if groups[1] then from = '(' .. field_of(groups[1], 'last-delivered-id') end
  local first = redis.call('XRANGE', stream, from, '+', 'COUNT', 1)[1]
  return first and math.max(0, now - tonumber(string.match(first[1], '^%d+')))
end

local function note_age(sums, age)
  if age and age > sums.age then sums.age = age end
end

local function add_receiver(p, member, ahead, now, sums)
  local key = receiver_key(p, split_member(member))
  local s = redis.call('HMGET', key .. ':m', 'cap', 'rate', 'burst', 'open', 'fails', 'parkend', 'tok', 'tokat')
  local pending, due = held(key), redis.call('ZCOUNT', key .. ':r', '-inf', int(now))
  local waiting = redis.call('XLEN', key) - pending + due
  if waiting <= 0 then return end
  local free = tonumber(s[1] or '1') - pending
  if tonumber(s[5] or '0') >= BREAKER_FAILURES then free = math.min(free, 1 - pending) end
  local ready, rate = waiting, tonumber(s[2] or '0')
  if rate > 0 then
    local tokens = math.min(tonumber(s[3] or '1'), tonumber(s[7] or s[3] or '1')
      + math.max(0, now - tonumber(s[8] or now)) * rate / 1000)
    ready = math.max(0, math.min(ready, math.floor(tokens + rate * ahead / 1000)))
  end
  if free <= 0 or tonumber(s[4] or '0') > now or tonumber(s[6] or '0') > now then ready = 0 end
  sums.blocked = sums.blocked + waiting - ready
  if ready == 0 then return end
  sums.ready = sums.ready + ready
  sums.due = sums.due + math.min(due, ready)
  sums.places = sums.places + math.min(free, ready)
  note_age(sums, unread_age(key, now))
end

local function add_tenant(p, tenant, now, sums)
  local queued = tonumber(redis.call('HGET', p .. tenant .. ':meta', 'q') or '0')
  sums.unrouted = sums.unrouted + queued
  if queued > 0 then note_age(sums, unread_age(p .. tenant .. ':alerts', now)) end
end

-- Adds up a list of members, and as much again for each that there was no time to look at.
local function add_up(members, count, total, add)
  local sums = {ready = 0, due = 0, blocked = 0, places = 0, unrouted = 0, age = -1}
  for _, member in ipairs(members) do add(member, sums) end
  local scale = count > 0 and total / count or 1
  for name, sum in pairs(sums) do
    if name ~= 'age' then sums[name] = math.floor(sum * scale) end
  end
  return sums
end

local function load(keys, args)
  local p, now = prefix_of(keys), now_ms()
  local ahead, most = tonumber(args[1]), tonumber(args[2])
  local receivers = redis.call('ZRANGE', p .. 'outbox', 0, most - 1)
  local tenants = redis.call('ZRANGE', p .. 'work', 0, most - 1)
  local seen, late, turns = {}, {}, redis.call('ZCARD', p .. 'work')
  for _, member in ipairs(receivers) do seen[member] = true end
  -- Due, and not in the queues yet because no worker has looked; or a turn that is being served, up to its end.
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', p .. 'agenda', '-inf', int(now + 5000), 'LIMIT', 0, most)) do
    local kind, rest = string.sub(member, 1, 1), string.sub(member, 3)
    local is_due = tonumber(redis.call('ZSCORE', p .. 'agenda', member)) <= now
    if kind == 'd' and is_due and not seen[rest] then
      late[#late + 1] = rest
    elseif kind == 'r' then
      tenants[#tenants + 1] = rest
      if is_due then turns = turns + 1 end
    end
  end
  local queued = add_up(receivers, #receivers, math.max(#receivers, redis.call('ZCARD', p .. 'outbox')),
    function(member, sums) add_receiver(p, member, ahead, now, sums) end)
  local retried = add_up(late, #late, #late, function(member, sums) add_receiver(p, member, ahead, now, sums) end)
  local routed = add_up(tenants, #tenants, math.max(#tenants, redis.call('ZCARD', p .. 'work')),
    function(tenant, sums) add_tenant(p, tenant, now, sums) end)
  local next = redis.call('ZRANGEBYSCORE', p .. 'agenda', '(' .. int(now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  local totals = redis.call('HMGET', p .. 'totals', 'notified', 'attempts', 'retries')
  return {queued.ready + retried.ready, queued.due + retried.due, queued.blocked + retried.blocked,
    queued.places + retried.places, routed.unrouted, turns, math.max(queued.age, retried.age, routed.age),
    next[2] and math.floor(tonumber(next[2]) - now) or -1, tonumber(totals[1] or '0'), tonumber(totals[2] or '0'),
    tonumber(totals[3] or '0')}
end
