-- Lifts fence counters to a floor; a counter never goes down.
-- KEYS: the counters. ARGV: the floor, retention of counters in ms.
-- Answers 1.
for _, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or 0) < tonumber(ARGV[1]) then
    redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
  end
end
return 1
