-- reseal: puts records back that were sealed anew under another key, where they are still what was read.
-- KEYS[1] agenda
-- ARGV    for each record: kind (h: field of a hash | m: in a packed map, as b | s: a string | l: item of a list), key without
--         the shard's prefix, field or index ('' for a string), record as it was, record as it is now
-- Result  how many were put back; the others have been written or removed meanwhile
-- Atomic  each comparison with its write.
local function reseal_packed(key, field, old, new)
  local packed = redis.call('HGET', key, field)
  if not packed then return false end
  local fields = cmsgpack.unpack(packed)
  if fields.b ~= old then return false end
  fields.b = new
  redis.call('HSET', key, field, cmsgpack.pack(fields))
  return true
end

local function reseal_one(kind, key, field, old, new)
  if kind == 'm' then return reseal_packed(key, field, old, new) end
  if kind == 'h' then
    if redis.call('HGET', key, field) ~= old then return false end
    redis.call('HSET', key, field, new)
  elseif kind == 's' then
    if redis.call('GET', key) ~= old then return false end
    redis.call('SET', key, new, 'KEEPTTL')
  else
    if redis.call('LINDEX', key, field) ~= old then return false end
    redis.call('LSET', key, field, new)
  end
  return true
end

local function reseal(keys, args)
  local p, count = prefix_of(keys), 0
  for i = 1, #args, 5 do
    if reseal_one(args[i], p .. args[i + 1], args[i + 2], args[i + 3], args[i + 4]) then count = count + 1 end
  end
  return count
end
