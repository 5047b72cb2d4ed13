-- Counts a request by GCRA, as quota.rs does. The clock is the server's, so that the gateway's replicas need not agree.
-- KEYS[1] the client; ARGV: microseconds between two requests at the average rate, requests that may come at once.
-- Answers: microseconds to wait or 0, microseconds until the bucket is empty.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local filled = math.max(tonumber(redis.call('GET', KEYS[1])) or 0, now)
local next = filled + interval
local wait = next - interval * burst - now
if wait > 0 then
  return { wait, filled - now }
end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000))
return { 0, next - now }
