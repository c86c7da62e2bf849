#include "mailbox/mail_line.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace messo::mailbox {
namespace {

constexpr std::size_t kLineBuffer = 64 << 10;

std::string where(const Settings& settings) { return settings.host + ":" + std::to_string(settings.port); }

Millis until(Steady deadline, Millis at_most) {
  return std::clamp(std::chrono::duration_cast<Millis>(deadline - Steady::clock::now()), Millis{0}, at_most);
}

}  // namespace

MailLine::MailLine(const Settings& settings, const std::atomic<bool>& stop) : settings_(settings), stream_(stop) {
  if (settings.protocol == Protocol::imap) guard_.emplace();
}

Trouble MailLine::told(const mail::SmtpStream::Trouble& from) const {
  using mail::Failure;
  switch (from.failure) {
    case Failure::connect_failed:
      return {TroubleKind::unreachable, "The mail server cannot be reached at " + where(settings_) + ": check host, port and the network."};
    case Failure::certificate_invalid:
      return {TroubleKind::certificate,
              "The certificate of the mail server is not valid (" + from.detail + "): check host and ca_file of the mailbox."};
    case Failure::tls_failed: return {TroubleKind::tls, "No TLS connection to " + where(settings_) + " came about: check port and tls."};
    case Failure::not_loopback:
      return {TroubleKind::tls, "tls = \"none\" is for servers on this machine only, and the host's address is another."};
    case Failure::timeout: return {TroubleKind::timeout, "The mail server does not answer in time."};
    case Failure::stopped: return {TroubleKind::stopped, "The provider is being stopped."};
    default: return {TroubleKind::closed, "The mail server closed the connection."};
  }
}

Outcome<void> MailLine::connect(const Poco::Net::Context::Ptr& tls, Steady deadline) {
  const bool plain = settings_.tls == mail::TlsMode::none;
  if (const auto failed = stream_.connect(settings_.host, settings_.port, plain, until(deadline, settings_.timeouts.connect))) {
    return tl::unexpected(told(*failed));
  }
  if (settings_.tls != mail::TlsMode::implicit) return {};
  return start_tls(tls, deadline);
}

Outcome<void> MailLine::start_tls(const Poco::Net::Context::Ptr& tls, Steady deadline) {
  if (unread()) {
    broken_ = spoken_into();
  } else if (const auto failed = stream_.start_tls(tls, settings_.host, until(deadline, settings_.timeouts.tls))) {
    broken_ = told(*failed);
  }
  if (broken_) return tl::unexpected(*broken_);
  return {};
}

Trouble MailLine::spoken_into() {
  return {TroubleKind::tls, "The mail server, or somebody between, sent more than an answer before TLS began."};
}

mailstream* MailLine::take_stream() {
  auto* low = mailstream_low_new(this, driver());
  if (low == nullptr) throw std::bad_alloc();
  etpan_ = mailstream_new(low, kLineBuffer);
  if (etpan_ == nullptr) {
    mailstream_low_free(low);
    throw std::bad_alloc();
  }
  // libetpan looks at members that its own constructor leaves as they were allocated.
  etpan_->logger = nullptr;
  etpan_->logger_context = nullptr;
  return etpan_;
}

void MailLine::begin(Steady deadline, std::uint64_t most_bytes) {
  deadline_ = deadline;
  bytes_left_ = most_bytes;
}

Outcome<void> MailLine::check(std::string_view received) {
  const bool fits = received.size() <= bytes_left_;
  bytes_left_ -= std::min<std::uint64_t>(received.size(), bytes_left_);
  if (fits && (!guard_ || guard_->pass(received))) return {};
  broken_ = Trouble{TroubleKind::bad_answer, "The mail server answered more than was asked for, or in a way that cannot be read."};
  return tl::unexpected(*broken_);
}

ssize_t MailLine::read(char* into, std::size_t count) {
  if (given_up_ || broken_) return -1;
  if (!early_.empty()) {
    const auto taken = std::min(count, early_.size());
    std::memcpy(into, early_.data(), taken);
    early_.erase(0, taken);
    return static_cast<ssize_t>(taken);
  }
  std::size_t got = 0;
  const auto now = Steady::clock::now();
  // The stream looks at the time only when nothing comes: who drips would keep us for ever.
  auto failed = now < deadline_ ? stream_.read({into, count}, got, std::min(deadline_, now + settings_.timeouts.answer))
                                : mail::SmtpStream::Trouble{mail::Failure::timeout, {}};
  if (failed) {
    broken_ = told(*failed);
    return -1;
  }
  return check({into, got}) ? static_cast<ssize_t>(got) : -1;
}

ssize_t MailLine::write(const char* bytes, std::size_t count) {
  if (given_up_ || broken_) return -1;
  std::size_t handed_over = 0;
  if (const auto failed = stream_.write({bytes, count}, until(deadline_, settings_.timeouts.answer), handed_over)) {
    broken_ = told(*failed);
    return -1;
  }
  return static_cast<ssize_t>(count);
}

Outcome<bool> MailLine::wait(Steady until) {
  if (unread()) return true;
  if (broken_) return tl::unexpected(*broken_);
  std::array<char, 4096> buffer{};
  std::size_t got = 0;
  const auto failed = stream_.read(buffer, got, until);
  if (failed && failed->failure == mail::Failure::timeout) return false;
  if (failed) {
    broken_ = told(*failed);
    return tl::unexpected(*broken_);
  }
  bytes_left_ = std::max<std::uint64_t>(bytes_left_, got);
  if (auto good = check({buffer.data(), got}); !good) return tl::unexpected(std::move(good.error()));
  early_.append(buffer.data(), got);
  return true;
}

mailstream_low_driver* MailLine::driver() {
  constexpr auto kNone = [](mailstream_low*) { return -1; };
  constexpr auto kNoCancel = [](mailstream_low*) { return static_cast<struct mailstream_cancel*>(nullptr); };
  constexpr auto kNoChain = [](mailstream_low*) { return static_cast<carray*>(nullptr); };
  static mailstream_low_driver table{
      .mailstream_read = [](mailstream_low* low, void* into, size_t count) { return of(low).read(static_cast<char*>(into), count); },
      .mailstream_write = [](mailstream_low* low, const void* bytes,
                             size_t count) { return of(low).write(static_cast<const char*>(bytes), count); },
      .mailstream_close = [](mailstream_low* low) { return of(low).stream_.close(), 0; },
      .mailstream_get_fd = kNone,
      .mailstream_free =
          [](mailstream_low* low) {
            of(low).etpan_ = nullptr;
            std::free(low);
          },
      .mailstream_cancel = [](mailstream_low* low) { of(low).give_up(); },
      .mailstream_get_cancel = kNoCancel,
      .mailstream_get_certificate_chain = kNoChain,
      .mailstream_setup_idle = kNone,
      .mailstream_unsetup_idle = kNone,
      .mailstream_interrupt_idle = kNone,
  };
  return &table;
}

}  // namespace messo::mailbox
