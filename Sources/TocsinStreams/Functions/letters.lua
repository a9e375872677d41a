-- letters: reads dead letters, newest first.
-- KEYS[1] <prefix>agenda
-- ARGV    tenant, offset, count | tenant, 'id', dead letter id
-- Result  {{id, {field, value, ...}}, ...}
-- Atomic  reads only.
local function letters(keys, args)
  local p = prefix_of(keys)
  local ids
  if args[2] == 'id' then
    ids = {args[3]}
  else
    ids = redis.call('ZREVRANGE', p .. args[1] .. ':deadlog', args[2], tonumber(args[2]) + tonumber(args[3]) - 1)
  end
  local out = {}
  for _, id in ipairs(ids) do
    local packed = redis.call('HGET', p .. args[1] .. ':dead', id)
    if packed then out[#out + 1] = {id, flat_of(cmsgpack.unpack(packed))} end
  end
  return out
end
