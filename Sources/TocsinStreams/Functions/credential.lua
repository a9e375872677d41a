-- credential: the token that workers share for a receiver's server, or whose turn it is to ask for one.
-- KEYS[1] agenda; ARGV tenant, name (a keyed hash), who asks, ms for which the turn is theirs,
--         1: what is there does not do | 0
-- Result  {sealed token or '', 1: ask the server | 0: somebody else does}
-- Atomic  one asks at a time; one that dies has its turn taken by the next when its time is over.
local function credential(keys, args)
  local key = credential_key(prefix_of(keys), args[1], args[2])
  local held = redis.call('GET', key) or ''
  if held ~= '' and args[5] ~= '1' then return {held, 0} end
  local turn = key .. ':turn'
  if redis.call('GET', turn) == args[3] then return {held, 1} end
  return {held, redis.call('SET', turn, args[3], 'NX', 'PX', args[4]) and 1 or 0}
end
