-- refusal: counts an answer of refusal from a vendor that takes only so many of them.
-- KEYS[1] tocsin:{fleet}:pace
-- ARGV    vendor, ms of the window
-- Result  how many there were in this window
-- Atomic  the first of a window starts its clock.
local function refusal(keys, args)
  local key = keys[1] .. ':refusals:' .. args[1]
  local count = redis.call('INCR', key)
  if count == 1 then redis.call('PEXPIRE', key, args[2]) end
  return count
end
