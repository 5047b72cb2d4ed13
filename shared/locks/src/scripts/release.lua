-- Deletes those locks that are still the holder's, and lets lagging fence counters catch up.
-- KEYS: n locks, then their n fence counters.
-- ARGV: the holder's value, its fence (0 when it never had one), retention of counters in ms.
-- Answers how many locks it deleted.
local n = #KEYS / 2
local seen = redis.call('MGET', unpack(KEYS))
local deleted = 0
for i = 1, n do
  if seen[i] == ARGV[1] then
    deleted = deleted + redis.call('DEL', KEYS[i])
  end
  if tonumber(seen[n + i] or 0) < tonumber(ARGV[2]) then
    redis.call('SET', KEYS[n + i], ARGV[2], 'PX', ARGV[3])
  end
end
return deleted
