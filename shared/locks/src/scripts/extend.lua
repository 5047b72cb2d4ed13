-- Gives all locks a new expiry, or none, and repairs fence counters that were lost meanwhile.
-- KEYS: n locks, then their n fence counters.
-- ARGV: the holder's value, expiry in ms, fence, retention of counters in ms, 1 to set missing locks again.
-- Answers 1, or 0 when a lock is no longer the holder's.
local n = #KEYS / 2
local seen = redis.call('MGET', unpack(KEYS))
for i = 1, n do
  local ours = seen[i] == ARGV[1]
  local recreate = not seen[i] and ARGV[5] == '1'
  if not (ours or recreate) then
    return 0
  end
end
for i = 1, n do
  redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
  if tonumber(seen[n + i] or 0) < tonumber(ARGV[3]) then
    redis.call('SET', KEYS[n + i], ARGV[3], 'PX', ARGV[4])
  end
end
return 1
