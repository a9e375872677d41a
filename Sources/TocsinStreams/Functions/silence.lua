-- silence: changes a tenant's silences, if nobody else has since they were read.
-- KEYS[1] <prefix>agenda
-- ARGV    tenant, version that was read, most silences (0: no limit), counted pairs of id and sealed silence, counted
--         ids to forget
-- Result  {1, new version} | {0, 'changed'} | {0, 'too_many'}: nothing was changed
-- Atomic  all of it, with the version by which workers notice.
local function silence(keys, args)
  local p = prefix_of(keys)
  local meta, silences = p .. args[1] .. ':meta', p .. args[1] .. ':silences'
  if (redis.call('HGET', meta, 'sv') or '0') ~= args[2] then return {0, 'changed'} end
  local next, most, added = reader(args, 4), tonumber(args[3]), 0
  local writes = {}
  for i = 1, tonumber(next()) do
    writes[i] = {next(), next()}
    if redis.call('HEXISTS', silences, writes[i][1]) == 0 then added = added + 1 end
  end
  local gone = {}
  for i = 1, tonumber(next()) do gone[i] = next() end
  if most > 0 and added > 0 and redis.call('HLEN', silences) + added - #gone > most then return {0, 'too_many'} end
  for _, write in ipairs(writes) do redis.call('HSET', silences, write[1], write[2]) end
  for _, id in ipairs(gone) do redis.call('HDEL', silences, id) end
  return {1, int(redis.call('HINCRBY', meta, 'sv', 1))}
end
