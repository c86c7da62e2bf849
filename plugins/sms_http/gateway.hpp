// One gateway: signs in, asks it to send, once (DESIGN §7). Blocking; any number of threads at once.
#pragma once
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "sms_http/settings.hpp"
#include "sms_http/verdict.hpp"

namespace messo::sms_http {

// A message as a gateway needs it.
struct ShortMessage {
  std::string to;  // E.164: +39...
  std::string text, sender;
  std::string reference;  // ours: the same at every attempt
  std::int64_t validity_seconds = 0;
};

class Gateway {
 public:
  using Millis = std::chrono::milliseconds;

  // Borrows the settings.
  explicit Gateway(const Settings& settings);

  // Gives up after `limit`. Signs in first where that is needed; once again, and asks again, when the gateway says 401, which says that it
  // took nothing.
  Verdict send(const ShortMessage& message, Millis limit);

  struct Answer {
    bool ok = false;
    std::string sentence;
  };
  // Signs in and makes the description's [check] request; sends nothing.
  Answer check(Millis limit);
  struct Credit {
    std::string amount, currency;
    std::optional<std::uint64_t> messages;
  };
  // Error: a sentence. not_found: the description has no [balance].
  Result<Credit> balance(Millis limit);

  // Requests under way end soon.
  void interrupt() noexcept { http_.interrupt(); }

  // Our reference as long as the gateway takes it: hexadecimal, of a delivery's id.
  static std::string reference_of(const std::uint8_t (&delivery)[16], std::size_t length);

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  struct Session {
    Values found;
    std::uint64_t number = 0;  // of the signing in it comes from
  };

  Values values_of(const ShortMessage& message) const;
  HttpRequest request_of(const RequestShape& shape, const Values& values, bool authenticated) const;
  tl::expected<Session, Verdict> session(Deadline deadline, std::uint64_t not_this);
  tl::expected<Session, Verdict> sign_in(Deadline deadline);
  // A request with the account's authentication, once more after 401 where there is a session.
  tl::expected<HttpReply, Verdict> ask(const RequestShape& shape, Values values, Deadline deadline);

  const Settings& settings_;
  HttpClient http_;
  std::mutex mutex_;  // held while signing in, so that all wait for one
  Session session_;
  std::uint64_t sign_ins_ = 0;
  Deadline last_use_{};
  std::optional<std::pair<Deadline, Verdict>> refused_;  // the last signing in failed; nobody tries before
};

}  // namespace messo::sms_http
