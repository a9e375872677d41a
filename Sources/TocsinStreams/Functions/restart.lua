-- restart: flushes every group that has been flushed before now, and so starts its interval again.
-- KEYS[1] <prefix>agenda
-- ARGV    tenant
-- Result  the number of groups
-- Atomic  all timers and the tenant's place in the queue.
local function restart(keys, args)
  local p, now, count = prefix_of(keys), now_ms(), 0
  local tenant = args[1]
  for _, gid in ipairs(redis.call('ZRANGE', p .. tenant .. ':timers', 0, -1)) do
    local m = redis.call('HGET', p .. tenant .. ':g:' .. gid, 'm')
    if m and string.sub(m, 1, 1) ~= '-' then
      redis.call('ZADD', p .. tenant .. ':timers', int(now), gid)
      count = count + 1
    end
  end
  if count > 0 then reschedule_tenant(p, tenant, now) end
  return count
end
