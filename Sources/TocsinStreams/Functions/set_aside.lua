-- set_aside: puts a group away whose record is damaged, so that the tenant's others go on.
-- KEYS[1] <prefix>agenda
-- ARGV    tenant, fence, worker, gid
-- Result  obligations that end as dead | -1: the turn was not this worker's any more
-- Atomic  the group, its timer, the ledger, the audit log. What is there of the record stays under <tenant>:damaged:<gid>, for whoever can
--         still make something of it.
local function set_aside(keys, args)
  local p, tenant, gid = prefix_of(keys), args[1], args[4]
  local state = redis.call('HMGET', p .. tenant .. ':meta', 'fence', 'holder')
  if state[1] ~= args[2] or state[2] ~= args[3] then return -1 end
  local group, owed = p .. tenant .. ':g:' .. gid, 0
  for field, value in pairs(fields_of(redis.call('HGETALL', group))) do
    if string.sub(field, 1, 2) == 'o:' then owed = owed + (tonumber(value) or 0) end
  end
  redis.call('HINCRBY', p .. tenant .. ':ledger', 'dead', owed)
  redis.call('ZREM', p .. tenant .. ':timers', gid)
  if redis.call('EXISTS', group) == 1 then redis.call('RENAME', group, p .. tenant .. ':damaged:' .. gid) end
  audit(p, tenant, table.concat({'buried-alerts', int(now_ms()), 'group/' .. gid, int(owed), 'group_damaged'}, '\t'))
  return owed
end
