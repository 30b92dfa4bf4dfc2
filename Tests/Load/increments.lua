-- SPDX-License-Identifier: MIT
-- The requests of one wrk process, which drives one server: most add 1 to a session's counter, some
-- read the page.
--   wrk -t N -c N ... -s increments.lua ADDRESS -- SECONDS ID TOKEN [ID TOKEN]...
-- The threads take the sessions by turns. Each thread has one connection and stops itself on an
-- answer, so that none of its requests is under way when it ends: what is answered is all that was
-- sent, and what the counters must show is exact. wrk itself ends by an interrupt.
--
-- Prints one line of JSON for each thread, and one for all. Latencies are as they were: those of wrk
-- are corrected by its whole run, during which threads that stopped themselves sent nothing.
local ffi = require("ffi")
ffi.cdef [[
  struct moment { long seconds; long nanoseconds; };
  int clock_gettime(int clock, struct moment *now);
]]
local CLOCK_MONOTONIC = 1
local moment = ffi.new("struct moment")
local function now()
  ffi.C.clock_gettime(CLOCK_MONOTONIC, moment)
  return tonumber(moment.seconds) + tonumber(moment.nanoseconds) / 1e9
end

local GET_EVERY = 10
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  threads[#threads + 1] = thread
end

function init(arguments)
  local sessions = (#arguments - 1) / 2
  local mine = number % sessions
  session = mine
  seconds = tonumber(arguments[1])
  local id, token = arguments[2 + 2 * mine], arguments[3 + 2 * mine]
  local cookie = "session3=" .. id
  post = wrk.format("POST", "/increment", {
    ["Cookie"] = cookie,
    ["Content-Type"] = "application/x-www-form-urlencoded",
    ["Host"] = wrk.host .. ":" .. wrk.port,
  }, "csrf_token=" .. token)
  get = wrk.format("GET", "/", { ["Cookie"] = cookie, ["Host"] = wrk.host .. ":" .. wrk.port })
  turn, sent_posts, sent_gets, posts, gets, others = 0, 0, 0, 0, 0, 0
  started, asked, ended = 0, 0, 0
  latencies = {}
  is_post = false
  -- wrk asks the first thread for a request that it does not send.
  is_to_be_looked_at = number == 0
end

function request()
  if is_to_be_looked_at then
    is_to_be_looked_at = false
    return post
  end
  asked = now()
  if started == 0 then started = asked end
  turn = turn + 1
  is_post = turn % GET_EVERY ~= 0
  if is_post then
    sent_posts = sent_posts + 1
    return post
  end
  sent_gets = sent_gets + 1
  return get
end

function response(status)
  if is_post and status == 303 then
    posts = posts + 1
  elseif not is_post and status == 200 then
    gets = gets + 1
  else
    others = others + 1
  end
  ended = now()
  latencies[#latencies + 1] = math.floor((ended - asked) * 1e6)
  if ended - started >= seconds then wrk.thread:stop() end
end

local NUMBERS = { "session", "sent_posts", "sent_gets", "posts", "gets", "others" }

function done(summary)
  local first, last
  for _, thread in ipairs(threads) do
    local parts = {}
    for _, name in ipairs(NUMBERS) do
      parts[#parts + 1] = string.format('"%s": %d', name, thread:get(name))
    end
    local took = table.concat(thread:get("latencies"), ", ")
    io.write("{", table.concat(parts, ", "), ', "latencies_us": [', took, "]}\n")
    local began, ceased = thread:get("started"), thread:get("ended")
    if not first or began < first then first = began end
    if not last or ceased > last then last = ceased end
  end
  local errors = summary.errors
  io.write(string.format(
    '{"seconds": %.3f, "connect": %d, "read": %d, "write": %d, "status": %d, "timeout": %d}\n',
    last - first, errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
