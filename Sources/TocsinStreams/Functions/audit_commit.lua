-- audit_commit: puts entries into an audit log's tree: its new tiles and its new signed head, or nothing.
-- KEYS[1] agenda
-- ARGV    tenant, fence, size before, size after, entries that leave the queue, SHA-1 of these one after the other, signed head,
--         then for each tile: level (e: of entries), index, its length before in bytes (-1: not checked), what is new
-- Result  1 | 0: somebody else has charge of the logs, or the tree is not what it was thought to be; nothing was changed
-- Atomic  all of it, so that there is one order of entries, and every head that was ever kept has its tiles.
local function audit_commit(keys, args)
  local p, tenant = prefix_of(keys), args[1]
  local head, queue, tiles = p .. tenant .. ':audit:head', p .. tenant .. ':audit:queue', p .. tenant .. ':audit:t:'
  local state = redis.call('HMGET', head, 'fence', 'size')
  if tonumber(state[1] or '0') > tonumber(args[2]) or (state[2] or '0') ~= args[3] then return 0 end
  -- A failover may have lost some of what was read, and others have come since.
  local taken = tonumber(args[5]) > 0 and redis.call('LRANGE', queue, 0, tonumber(args[5]) - 1) or {}
  if redis.sha1hex(table.concat(taken)) ~= args[6] then return 0 end
  for i = 8, #args, 4 do
    local length = tonumber(args[i + 2])
    if length >= 0 and redis.call('STRLEN', tiles .. args[i] .. ':' .. args[i + 1]) ~= length then return 0 end
  end
  for i = 8, #args, 4 do redis.call('APPEND', tiles .. args[i] .. ':' .. args[i + 1], args[i + 3]) end
  if args[4] ~= args[3] then redis.call('HSET', head, 'fence', args[2], 'size', args[4], 'note', args[7]) end
  redis.call('LTRIM', queue, tonumber(args[5]), -1)
  if redis.call('LLEN', queue) == 0 then redis.call('SREM', p .. 'audit:pending', tenant) end
  return 1
end
