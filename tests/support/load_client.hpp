// An HTTP/1.1 load generator for one daemon on loopback: N kept-alive connections driven by one thread, one request in flight on each.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace messo::test {

struct LoadOptions {
  std::uint16_t port = 0;  // on 127.0.0.1
  std::string key = {};    // the bearer key
  std::size_t connections = 32;
  // After a lost connection or a 5xx the same request is posted again, with the same Idempotency-Key, as a careful client does.
  bool repeat_until_accepted = false;
  Seconds give_up_after{120};
  // For another program than the daemon: job i is a GET of this path instead, answered 202 all the same.
  std::function<std::string(std::size_t)> get = {};
};

struct LoadReport {
  std::uint64_t accepted = 0;
  std::uint64_t replayed = 0;  // answered as an earlier post of the same key
  std::uint64_t lost_connections = 0;
  std::map<int, std::uint64_t> other_statuses;  // by HTTP status
  double seconds = 0;
  std::vector<std::uint32_t> latencies_us;  // of accepted posts, unsorted
  bool complete = false;                    // every job was answered 202

  double per_second() const { return seconds > 0 ? static_cast<double>(accepted) / seconds : 0; }
  double percentile_ms(double p) const;  // p in 0..1
};

// Posts jobs 0..count-1 to /v1/notifications. `body(i)` gives a job's JSON; its Idempotency-Key is `load-<run>-<i>` when repeating, none
// otherwise. `on_accepted(i, id)` is told each notification id. Blocks. `stop` is asked now and then: true ends the run early.
LoadReport post_jobs(const LoadOptions& options, std::size_t count, const std::function<std::string(std::size_t)>& body,
                     const std::function<void(std::size_t, std::string_view)>& on_accepted = {}, const std::function<bool()>& stop = {});

}  // namespace messo::test
