-- node: notes what a node says of itself, and answers whether somebody wants it to end.
-- KEYS[1] tocsin:{fleet}:nodes, a hash id -> report; beside it :seen, a zset id -> Redis' time of the report, ms, and
--         :drain, a set of the nodes that are to end
-- ARGV    id, word, report
--         here   it lives, and says this of itself
--         gone   it has ended
--         drain  somebody wants it to end
-- Result  {1: the node was known | 0, 1: it is to end | 0}
-- Atomic  report, time and mark. Who has said nothing for a minute is forgotten: it has died, or cannot work.
local NODE_SILENCE_MS = 60000

local function forget_node(key, id)
  redis.call('HDEL', key, id)
  redis.call('ZREM', key .. ':seen', id)
  redis.call('SREM', key .. ':drain', id)
end

local function forget_silent_nodes(key, now)
  -- Nodes of older versions write their report alone; their silence counts from when it is first seen.
  if redis.call('HLEN', key) > redis.call('ZCARD', key .. ':seen') then
    for _, id in ipairs(redis.call('HKEYS', key)) do redis.call('ZADD', key .. ':seen', 'NX', int(now), id) end
  end
  local silent = redis.call('ZRANGEBYSCORE', key .. ':seen', '-inf', int(now - NODE_SILENCE_MS), 'LIMIT', 0, 64)
  for _, id in ipairs(silent) do forget_node(key, id) end
end

local function node(keys, args)
  local key, id, word, now = keys[1], args[1], args[2], now_ms()
  local was_known = redis.call('HEXISTS', key, id)
  if word == 'here' then
    redis.call('HSET', key, id, args[3])
    redis.call('ZADD', key .. ':seen', int(now), id)
  elseif word == 'gone' then
    forget_node(key, id)
  elseif was_known == 1 then
    redis.call('SADD', key .. ':drain', id)
  end
  forget_silent_nodes(key, now)
  return {was_known, redis.call('SISMEMBER', key .. ':drain', id)}
end
