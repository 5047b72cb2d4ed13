-- Takes all locks or none, and numbers the taking.
-- KEYS: n locks, then their n fence counters.
-- ARGV: the holder's value, expiry in ms, proposed fence, retention of counters in ms.
-- Answers the fence, or -i when lock i is somebody else's. Own keys are taken again, so that a call
-- whose answer was lost can be repeated.
local n = #KEYS / 2
local seen = redis.call('MGET', unpack(KEYS))
for i = 1, n do
  if seen[i] and seen[i] ~= ARGV[1] then
    return -i
  end
end
local fence = tonumber(ARGV[3])
for i = n + 1, 2 * n do
  fence = math.max(fence, tonumber(seen[i] or 0) + 1)
end
-- tostring would round to 14 digits.
local digits = string.format('%.0f', fence)
for i = 1, n do
  redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
  redis.call('SET', KEYS[n + i], digits, 'PX', ARGV[4])
end
return fence
