#include "api/service_rates.hpp"

namespace messo::api {

ServiceRates::Verdict ServiceRates::take(const Service& service, Steady now) {
  const auto limit = service.limits.requests_per_second;
  if (limit == 0) return {};
  return buckets_.with([&](auto& buckets) {
    auto at = buckets.find(service.id);
    if (at == buckets.end() || at->second.limit != limit) {
      at = buckets.insert_or_assign(service.id, Bucket{limit, TokenBucket(limit, Millis(1000), now)}).first;
    }
    auto& tokens = at->second.tokens;
    Verdict verdict{true, tokens.tokens(now) >= 1, limit, 0, 1};
    if (verdict.allowed) tokens.take(1, now);
    verdict.remaining = static_cast<std::uint32_t>(std::max(0.0, tokens.tokens(now)));
    return verdict;
  });
}

}  // namespace messo::api
