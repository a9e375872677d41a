-- audit_prune: forgets the oldest entries of an audit log and their hashes; the hashes over each 256 of them stay.
-- KEYS[1] agenda; ARGV tenant, fence, first entry that is kept before, and afterwards; both are multiples of 256
-- Result  1 | 0: somebody else has charge of the logs, or has forgotten them
-- Atomic  the note of what is kept and the end of what is not.
local function audit_prune(keys, args)
  local p, tenant = prefix_of(keys), args[1]
  local head = p .. tenant .. ':audit:head'
  local state = redis.call('HMGET', head, 'fence', 'size', 'first')
  if tonumber(state[1] or '0') > tonumber(args[2]) or (state[3] or '0') ~= args[3] then return 0 end
  if tonumber(args[4]) > tonumber(state[2] or '0') then return 0 end
  redis.call('HSET', head, 'first', args[4])
  for tile = tonumber(args[3]) / 256, tonumber(args[4]) / 256 - 1 do
    redis.call('DEL', p .. tenant .. ':audit:t:e:' .. int(tile), p .. tenant .. ':audit:t:0:' .. int(tile))
  end
  return 1
end
