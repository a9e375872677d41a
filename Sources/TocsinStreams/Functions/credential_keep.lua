-- credential_keep: keeps the token that was got, and ends the turn of whoever got it, or got none.
-- KEYS[1] agenda; ARGV tenant, name, who asked, sealed token or '', ms for which it is kept
-- Result  nothing
-- Atomic  a token and the end of the turn are seen together.
local function credential_keep(keys, args)
  local key = credential_key(prefix_of(keys), args[1], args[2])
  if args[4] ~= '' then redis.call('SET', key, args[4], 'PX', args[5]) end
  if redis.call('GET', key .. ':turn') == args[3] then redis.call('DEL', key .. ':turn') end
end
