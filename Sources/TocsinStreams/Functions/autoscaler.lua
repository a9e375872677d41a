-- autoscaler: keeps one autoscaler in charge at a time, and what it has decided.
-- KEYS[1] tocsin:{fleet}:autoscaler (or :audit, of which only the charge is used: who puts entries into trees), a hash: holder, fence, until (ms), newest (the last decision); beside it :decisions, a
--         list of the decisions that changed something, newest first
-- ARGV    id, word, then
--         lead    ms: takes the charge, or keeps it, for so long
--         leave   gives it up
--         record  fence, decision, 1: it is to be kept | 0: it is only the newest, most to keep
-- Result  lead: {1 | 0: another has it, fence, ms left}; leave, record: {1 | 0: the charge is another's, nothing was written}
-- Atomic  the check of the fence and what is written under it. A fence is larger than all before it, and not smaller than
--         Redis' time, so that it grows even if a new master has not heard of the last one.
local function autoscaler(keys, args)
  local key, id, word, now = keys[1], args[1], args[2], now_ms()
  local state = redis.call('HMGET', key, 'holder', 'fence', 'until')
  local left = tonumber(state[3] or '0') - now
  local is_held = left > 0
  if word == 'lead' then
    if is_held and state[1] ~= id then return {0, state[2], int(left)} end
    local fence = state[2]
    if not is_held or not fence then fence = int(math.max(tonumber(fence or '0') + 1, now)) end
    redis.call('HSET', key, 'holder', id, 'fence', fence, 'until', int(now + tonumber(args[3])))
    return {1, fence, args[3]}
  end
  if not is_held or state[1] ~= id then return {0} end
  if word == 'leave' then
    redis.call('HSET', key, 'until', '0')
    return {1}
  end
  if state[2] ~= args[3] then return {0} end
  redis.call('HSET', key, 'newest', args[4])
  if args[5] == '1' then
    redis.call('LPUSH', key .. ':decisions', args[4])
    redis.call('LTRIM', key .. ':decisions', 0, tonumber(args[6]) - 1)
  end
  return {1}
end
