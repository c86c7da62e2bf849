#include "receipts/callback_desk.hpp"

#include <algorithm>

namespace messo {
namespace {

constexpr std::size_t kMostBuckets = 20'000;
constexpr Millis kSecond{1'000};
constexpr std::int64_t kComplainEvery = 60'000;

bool is_loopback(std::string_view address) { return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127."); }

// Whoever has one IPv6 address usually has its whole /64.
std::string network_of(const std::string& address) {
  std::size_t groups = 0;
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (address[i] == ':' && ++groups == 4) return address.substr(0, i);
  }
  return address;
}

std::string hash_of(std::string_view token) { return std::string(as_text(sha256(token))); }

tl::unexpected<Error> unknown_address() { return fail(ErrorKind::not_found, "no_such_path", "There is nothing at this address."); }

Error too_many_calls() { return {ErrorKind::overloaded, "too_many_calls", "Too many calls; try again in a second.", {}, {}, Seconds{1}}; }

}  // namespace

CallbackDesk::CallbackDesk(CallbackLimits limits, DirectoryStore& directory, ReceiptDesk& desk, Ports ports, const Clock& clock, Log& log)
    : limits_(limits), directory_(directory), desk_(desk), ports_(std::move(ports)), clock_(clock), log_(log) {}

// By its hash, so that the time of the search tells nothing.
std::optional<ProviderId> CallbackDesk::provider_of(std::string_view token) {
  auto newest = directory_.snapshot();
  auto index = index_.copy();
  if (index == nullptr || index->directory != newest) {
    auto made = std::make_shared<Index>();
    for (const auto& [id, provider] : newest->providers) {
      if (!provider.retired && !provider.callback_token.empty()) made->by_token_hash.emplace(hash_of(provider.callback_token.reveal()), id);
    }
    made->directory = std::move(newest);
    index = made;
    index_.with([&](auto& current) { current = std::move(made); });
  }
  const auto at = index->by_token_hash.find(hash_of(token));
  return at == index->by_token_hash.end() ? std::nullopt : std::optional(at->second);
}

void CallbackDesk::count(ProviderId provider, std::uint64_t CallbackCounters::*what) {
  counters_.with([&](auto& all) { ++(all[provider].*what); });
}

Status CallbackDesk::check_size(ProviderId provider, std::uint64_t bytes) {
  if (bytes <= limits_.max_body) return {};
  count(provider, &CallbackCounters::too_large);
  return fail(ErrorKind::too_large, "too_large", "The body is over " + std::to_string(limits_.max_body) + " bytes.");
}

Status CallbackDesk::check_rates(ProviderId provider, const std::string& address) {
  const Steady now = clock_.steady();
  const bool passes = buckets_.with([&](Buckets& buckets) {
    // Full buckets say nothing: they are made again when needed. What is still too much then is an attack from many addresses.
    if (buckets.size() >= kMostBuckets) {
      std::erase_if(buckets, [&](const auto& entry) { return entry.second.until_one(now).count() == 0; });
      if (buckets.size() >= kMostBuckets) buckets.clear();
    }
    const auto bucket = [&](std::string key, std::uint32_t per_second) -> TokenBucket& {
      return buckets.try_emplace(std::move(key), per_second, kSecond, now).first->second;
    };
    const std::string id(provider.value.view());
    TokenBucket* of_address = nullptr;
    if (!(limits_.loopback_exempt && is_loopback(address))) of_address = &bucket(id + network_of(address), limits_.per_address);
    if (of_address != nullptr && of_address->tokens(now) < 1) return false;
    TokenBucket& of_provider = bucket(id, limits_.per_provider);
    if (of_provider.tokens(now) < 1) return false;
    of_provider.take(1, now);
    if (of_address != nullptr) of_address->take(1, now);
    return true;
  });
  if (passes) return {};
  count(provider, &CallbackCounters::too_many);
  return fail(too_many_calls());
}

Status CallbackDesk::admits(std::string_view token, std::uint64_t bytes) {
  const auto provider = provider_of(token);
  if (!provider) return unknown_address();
  return check_size(*provider, bytes);
}

Result<ReceiptCallAnswer> CallbackDesk::take(std::string_view token, const ReceiptCall& call) {
  const auto provider = provider_of(token);
  if (!provider) return unknown_address();
  if (auto fits = check_size(*provider, call.body.size()); !fits) return fail(std::move(fits.error()));
  if (auto passes = check_rates(*provider, call.client_address); !passes) return fail(std::move(passes.error()));

  const auto again = [&](const Error& cause) {
    count(*provider, &CallbackCounters::unavailable);
    return fail(
        Error{ErrorKind::unavailable, cause.code, "The call cannot be taken at the moment; call again.", cause.detail, {}, Seconds{30}});
  };
  const auto complain = [&](const Error& cause) {
    const auto now = std::chrono::duration_cast<Millis>(clock_.steady().time_since_epoch()).count();
    auto last = complained_.load();
    if (now - last < kComplainEvery || !complained_.compare_exchange_strong(last, now)) return;
    log_.warning("MSO-3045", "a provider's call could not be read by its plugin. Look at the problem and at the provider's settings",
                 {{"provider", provider->to_string()}, {"code", cause.code}, {"problem", cause.message}, {"detail", cause.detail}});
  };
  ReceiptPortPtr port;
  for (const ProviderPortPtr& one : ports_()) {
    if (one->settings().id == *provider) port = one->receipts();
  }
  if (port == nullptr) return again({ErrorKind::unavailable, "provider_not_running", {}, {}, {}, {}});
  if (!port->takes_calls()) return unknown_address();
  auto answer = port->call(call, limits_.deadline);
  if (!answer) {
    const Error& why = answer.error();
    if (why.code != "provider_stopped" && why.code != "calls_waiting") complain(why);
    if (why.code != "call_failed" && why.code != "bad_receipt") return again(why);
    count(*provider, &CallbackCounters::failed);
    return fail(ErrorKind::internal, "call_failed", "The call could not be read.");
  }
  if (auto kept = desk_.take(*provider, answer->receipts); !kept) return again(kept.error());
  count(*provider, &CallbackCounters::answered);
  if (answer->status >= 400 && answer->status < 500) count(*provider, &CallbackCounters::refused);
  return answer;
}

}  // namespace messo
