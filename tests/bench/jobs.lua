-- wrk posts BENCH_COUNT distinct jobs and stops. Told by its environment (rig/load.py): BENCH_BODY holds @NUMBER@ wherever the job's own number
-- of eight digits belongs, BENCH_KEYS the bearer keys taken in turn, BENCH_OUT the file for the figures. wrk itself only knows durations: each
-- thread leaves a mark BENCH_OUT.N when all its answers are in, and whoever started wrk then interrupts it.
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds, nanoseconds; } bench_time; int clock_gettime(int, bench_time *);")

local stamp = ffi.new("bench_time")
local function now() -- CLOCK_MONOTONIC, the clock of all other figures
  ffi.C.clock_gettime(1, stamp)
  return tonumber(stamp.seconds) + tonumber(stamp.nanoseconds) / 1e9
end

local threads = {}
function setup(thread)
  thread:set("index", #threads)
  table.insert(threads, thread)
end

local heads, pieces, share, stride, start, given, probe = {}, {}, 0, 1, 0, 0, false
accepted, other, first, last = 0, 0, 0, 0

function init()
  local count = tonumber(os.getenv("BENCH_COUNT"))
  stride = tonumber(os.getenv("BENCH_THREADS"))
  start = tonumber(os.getenv("BENCH_START"))
  share = math.floor(count / stride) + (index < count % stride and 1 or 0)
  probe = index == 0 -- wrk asks the first thread for one request that it never sends
  local body = os.getenv("BENCH_BODY")
  for piece in (body .. "@NUMBER@"):gmatch("(.-)@NUMBER@") do table.insert(pieces, piece) end
  local length = #body + (#pieces - 1) * (8 - #"@NUMBER@")
  for key in os.getenv("BENCH_KEYS"):gmatch("[^,]+") do
    table.insert(heads, "POST " .. os.getenv("BENCH_PATH") .. " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Bearer " ..
      key .. "\r\nContent-Length: " .. length .. "\r\nIdempotency-Key: " .. os.getenv("BENCH_TAG") .. "-")
  end
end

function request()
  if given >= share + other and not probe then
    return "P" -- nothing left to ask: the connection stays quiet with a request that never ends
  end
  local number = start + index + given * stride
  if probe then
    probe = false
  else
    if given == 0 then first = now() end
    given = given + 1
  end
  local text = string.format("%08d", number)
  return heads[number % #heads + 1] .. text .. "\r\n\r\n" .. table.concat(pieces, text)
end

function response(status)
  if status == 202 then
    accepted = accepted + 1
  else
    other, refusal = other + 1, status -- another one is posted in its place
  end
  if accepted == share then
    last = now()
    io.open(os.getenv("BENCH_OUT") .. "." .. index, "w"):close()
    wrk.thread:stop()
  end
end

function done(summary, latency)
  local sum = {accepted = 0, other = 0, first = math.huge, last = 0}
  for _, thread in ipairs(threads) do
    sum.accepted = sum.accepted + thread:get("accepted")
    sum.other = sum.other + thread:get("other")
    sum.refusal = thread:get("refusal") or sum.refusal
    if thread:get("first") > 0 then sum.first = math.min(sum.first, thread:get("first")) end
    sum.last = math.max(sum.last, thread:get("last"))
  end
  local e = summary.errors
  local out = io.open(os.getenv("BENCH_OUT"), "w")
  out:write(string.format('{"accepted":%d,"other":%d,"refusal":%d,"first":%.6f,"last":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,"errors":%d}\n',
    sum.accepted, sum.other, sum.refusal or 0, sum.first, sum.last, latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    e.connect + e.read + e.write + e.timeout))
  out:close()
end
