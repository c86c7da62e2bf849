#include "smpp/dialer.hpp"

#include <pthread.h>

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "mail/config_reading.hpp"

namespace messo::smpp {
namespace {

constexpr std::size_t kMostBindAnswer = 4096;
constexpr Millis kDialerStop{1'000};

SessionTrouble told(const mail::SmtpStream::Trouble& trouble) {
  switch (trouble.failure) {
    case mail::Failure::certificate_invalid: return {Trouble::certificate, 0, trouble.detail};
    case mail::Failure::tls_failed: return {Trouble::tls, 0, trouble.detail};
    default: return {Trouble::unreachable, 0, trouble.detail};
  }
}

// The response to our bind, among whatever else an SMSC says at once.
tl::expected<BindResponse, SessionTrouble> wait_for_bind(mail::SmtpStream& stream, Millis limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::string in;
  std::array<char, 1024> buffer{};
  while (in.size() < kMostBindAnswer) {
    std::size_t got = 0;
    if (const auto trouble = stream.read(buffer, got, deadline)) {
      const bool silent = trouble->failure == mail::Failure::timeout;
      return tl::unexpected(SessionTrouble{silent ? Trouble::silent : Trouble::closed, 0, trouble->detail});
    }
    in.append(buffer.data(), got);
    while (auto one = decode(in)) {
      in.erase(0, one->consumed);
      if (!one->pdu) return tl::unexpected(SessionTrouble{Trouble::protocol, 0, std::string(one->pdu.error().problem)});
      const bool nack = std::holds_alternative<GenericNack>(one->pdu->body);
      auto* bound = std::get_if<BindResponse>(&one->pdu->body);
      if (nack || (bound != nullptr && one->pdu->status != 0))
        return tl::unexpected(SessionTrouble{Trouble::bind_refused, one->pdu->status, {}});
      if (bound != nullptr) return std::move(*bound);
    }
  }
  return tl::unexpected(SessionTrouble{Trouble::protocol, 0, "no answer to bind"});
}

}  // namespace

Poco::Net::Context::Ptr tls_for(const SmppSettings& settings) {
  if (!settings.tls) return {};
  return mail::or_config_error(mail::make_tls_context(settings.host, settings.ca_file));
}

tl::expected<StreamPtr, SessionTrouble> dial(const SmppSettings& settings, const Poco::Net::Context::Ptr& tls,
                                             const std::atomic<bool>& abort) {
  auto stream = std::make_unique<mail::SmtpStream>(abort);
  if (const auto trouble = stream->connect(settings.host, settings.port, false, settings.connect)) return tl::unexpected(told(*trouble));
  if (tls) {
    if (const auto trouble = stream->start_tls(tls, settings.host, settings.connect)) return tl::unexpected(told(*trouble));
  }
  return stream;
}

BindRequest bind_request(const SmppSettings& settings, BindRole role) {
  BindRequest out;
  out.role = role;
  out.system_id = settings.system_id;
  out.password = settings.password.reveal();
  out.system_type = settings.system_type;
  out.address_range = settings.address_range;
  return out;
}

tl::expected<std::string, SessionTrouble> try_bind(const SmppSettings& settings, const Poco::Net::Context::Ptr& tls,
                                                   const std::atomic<bool>& abort) {
  auto stream = dial(settings, tls, abort);
  if (!stream) return tl::unexpected(std::move(stream.error()));
  std::size_t handed_over = 0;
  const auto role = settings.two_sided ? BindRole::transmitter : BindRole::transceiver;
  if (const auto trouble = (*stream)->write(encode({0, 1, bind_request(settings, role)}), settings.connect, handed_over))
    return tl::unexpected(SessionTrouble{Trouble::closed, 0, trouble->detail});
  auto bound = wait_for_bind(**stream, settings.connect);
  if (!bound) return tl::unexpected(std::move(bound.error()));
  static_cast<void>((*stream)->write(encode({0, 2, Unbind{}}), Seconds{1}, handed_over));
  std::array<char, 64> answer{};
  std::size_t got = 0;
  static_cast<void>((*stream)->read(answer, got, std::chrono::steady_clock::now() + Seconds{1}));
  return bound->system_id;
}

// Shared with the thread, which may have to be left behind.
class Dialer::Line {
 public:
  Line(const SmppSettings& settings, Poco::Net::Context::Ptr tls, Done done)
      : settings_(settings), tls_(std::move(tls)), done_(std::move(done)) {}

  void ask(std::size_t session) {
    const std::scoped_lock hold(mutex_);
    asked_.push_back(session);
    changed_.notify_all();
  }
  // False when it has not ended within kDialerStop.
  bool stop() {
    std::unique_lock hold(mutex_);
    abort_ = true;
    changed_.notify_all();
    return changed_.wait_for(hold, kDialerStop, [this] { return ended_; });
  }
  void work() {
    std::unique_lock hold(mutex_);
    for (;;) {
      changed_.wait(hold, [this] { return abort_ || !asked_.empty(); });
      if (abort_) break;
      const auto session = asked_.front();
      asked_.pop_front();
      hold.unlock();
      auto result = dial(settings_, tls_, abort_);
      hold.lock();
      if (!abort_) done_(session, std::move(result));  // whoever is told lives: stop() needs this lock
    }
    ended_ = true;
    changed_.notify_all();
  }

 private:
  const SmppSettings settings_;
  const Poco::Net::Context::Ptr tls_;
  const Done done_;
  std::atomic<bool> abort_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::size_t> asked_;
  bool ended_ = false;
};

Dialer::Dialer(const SmppSettings& settings, Poco::Net::Context::Ptr tls, Done done)
    : line_(std::make_shared<Line>(settings, std::move(tls), std::move(done))) {}

void Dialer::start() {
  thread_ = std::thread([line = line_] {
    pthread_setname_np(pthread_self(), "smpp-dialer");
    line->work();
  });
}

void Dialer::dial_for(std::size_t session) { line_->ask(session); }

void Dialer::stop() {
  if (!thread_.joinable()) return;
  line_->stop() ? thread_.join() : thread_.detach();
}

}  // namespace messo::smpp
