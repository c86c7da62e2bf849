#include "mailbox/poller.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>

#include "base/guarded.hpp"
#include "mail/smtp_stream.hpp"
#include "mailbox/source.hpp"

namespace messo::mailbox {
namespace {

constexpr Millis kAfterIdle{1'000};  // between two polls of a mailbox that waits by itself
constexpr unsigned kMostDoublings = 4;

// Back before the hub gives the call up.
Steady end_of(Millis timeout) { return Steady::clock::now() + timeout - std::min(timeout / 4, Millis{5'000}); }

// "14:30": UTC, for people.
std::string clock_time(Instant at) { return to_rfc3339(at).substr(11, 5); }

}  // namespace

class Poller::Impl {
 public:
  Impl(Settings settings, Parts parts, Poco::Net::Context::Ptr tls, const Clock& clock) : clock_(clock) {
    parts_.settings = std::move(settings);
    parts_.reader = std::move(parts.reader);
    parts_.headers = std::move(parts.headers);
    parts_.log = parts.log ? std::move(parts.log) : [](messo_log_level, std::string_view, std::string_view) {};
    parts_.tls = std::move(tls);
    source_ = make_source();
  }

  plugin::PollsReceipts::Mailbox mailbox() const {
    return {parts_.settings.name(), source_->waits() ? kAfterIdle : std::chrono::duration_cast<Millis>(parts_.settings.every)};
  }

  Page poll(const PollRequest& request) {
    return call<Page>(request.timeout, [&](Steady deadline) { return source_->poll(request, deadline); });
  }

  void ack(const std::vector<std::string_view>& ids, Millis timeout) {
    if (parts_.settings.after == After::keep || ids.empty()) return;
    call<void>(timeout, [&](Steady deadline) {
      auto done = source_->ack(ids, deadline);
      if (!done && (done.error().kind == TroubleKind::refused || done.error().kind == TroubleKind::folder)) {
        parts_.log(MESSO_LOG_WARNING, "mailbox.after_refused", done.error().sentence);
        return Outcome<void>{};
      }
      return done;
    });
  }

  plugin::Probes::Report probe(Millis limit) {
    const auto source = make_source();
    const auto looked = source->look(end_of(limit));
    if (!looked) return {false, looked.error().sentence};
    pause_.with([](Pause& pause) { pause = {}; });
    return {true, "The mailbox can be read."};
  }

  void stop() noexcept { parts_.stop = true; }

 private:
  struct Pause {
    Steady until{};
    std::string sentence;
    unsigned refusals = 0;
  };

  std::unique_ptr<Source> make_source() const {
    return parts_.settings.protocol == Protocol::imap ? make_imap_source(parts_) : make_pop3_source(parts_);
  }

  template <class T, class F>
  T call(Millis timeout, F&& work) {
    const Steady deadline = end_of(timeout);
    const std::unique_lock hold(mutex_, deadline);
    if (!hold.owns_lock()) throw std::runtime_error("The last call of this mailbox has not ended yet.");
    if (parts_.stop.load()) throw std::runtime_error("The provider is being stopped.");
    if (const Pause pause = pause_.copy(); clock_.steady() < pause.until) throw std::runtime_error(pause.sentence);
    auto done = work(deadline);
    if (!done) throw std::runtime_error(noted(done.error()));
    pause_.with([](Pause& pause) { pause = {}; });
    if constexpr (!std::is_void_v<T>) return std::move(*done);
  }

  // A refused sign-in pauses everything: a provider that sees too many of them locks the account.
  std::string noted(const Trouble& why) {
    if (why.kind != TroubleKind::account) return why.sentence;
    return pause_.with([&](Pause& pause) {
      const auto length = parts_.settings.account_pause * (1 << std::min(pause.refusals, kMostDoublings));
      ++pause.refusals;
      pause.until = clock_.steady() + length;
      pause.sentence =
          why.sentence + " It is not tried again before " + clock_time(clock_.now() + length) + " UTC, so that the account is not locked.";
      parts_.log(MESSO_LOG_ERROR, "mailbox.account_refused", pause.sentence);
      return pause.sentence;
    });
  }

  const Clock& clock_;
  SourceParts parts_;
  std::unique_ptr<Source> source_;
  std::timed_mutex mutex_;  // of calls that use source_
  Guarded<Pause> pause_;
};

Result<std::unique_ptr<Poller>> Poller::make(Settings settings, Parts parts, const Clock& clock) {
  Poco::Net::Context::Ptr tls;
  if (settings.tls != mail::TlsMode::none) {
    auto made = mail::make_tls_context(settings.host, settings.ca_file);
    if (!made) return fail(std::move(made.error()));
    tls = std::move(*made);
  }
  return std::unique_ptr<Poller>(new Poller(std::make_unique<Impl>(std::move(settings), std::move(parts), std::move(tls), clock)));
}

Poller::Poller(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Poller::~Poller() = default;
plugin::PollsReceipts::Mailbox Poller::mailbox() const { return impl_->mailbox(); }
plugin::PollsReceipts::Page Poller::poll(const plugin::PollsReceipts::Request& request) { return impl_->poll(request); }
void Poller::ack(const std::vector<std::string_view>& ids, std::chrono::milliseconds timeout) { impl_->ack(ids, timeout); }
plugin::Probes::Report Poller::probe(std::chrono::milliseconds limit) { return impl_->probe(limit); }
void Poller::stop() noexcept { impl_->stop(); }

}  // namespace messo::mailbox
