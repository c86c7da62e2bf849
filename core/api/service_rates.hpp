// Requests per second of each service: a token bucket in memory. Thread-safe.
#pragma once
#include <unordered_map>

#include "base/guarded.hpp"
#include "dispatch/token_bucket.hpp"
#include "model/directory.hpp"

namespace messo::api {

class ServiceRates {
 public:
  struct Verdict {
    bool limited = false;  // the service has a limit
    bool allowed = true;
    std::uint32_t limit = 0;      // requests per second
    std::uint32_t remaining = 0;  // now
    std::uint32_t reset = 1;      // seconds until the full limit is there again
  };
  // Takes one token when there is one.
  Verdict take(const Service& service, Steady now);

 private:
  struct Bucket {
    std::uint32_t limit;
    TokenBucket tokens;
  };
  Guarded<std::unordered_map<ServiceId, Bucket>> buckets_;  // one per limited service
};

}  // namespace messo::api
