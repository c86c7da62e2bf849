// Connections to the SMSC, made where waiting is allowed: names are resolved, TCP and TLS set up on a thread of its own.
#pragma once
#include <Poco/Net/Context.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <tl/expected.hpp>
#include <vector>

#include "mail/smtp_stream.hpp"
#include "smpp/outcomes.hpp"
#include "smpp/settings.hpp"
#include "smpp_pdu/pdu.hpp"

namespace messo::smpp {

using StreamPtr = std::unique_ptr<mail::SmtpStream>;

// Null without TLS. Throws plugin::ConfigError with a sentence for administrators.
Poco::Net::Context::Ptr tls_for(const SmppSettings& settings);
// Blocks, at most settings.connect for each stage; ends soon after `abort` becomes true.
tl::expected<StreamPtr, SessionTrouble> dial(const SmppSettings& settings, const Poco::Net::Context::Ptr& tls,
                                             const std::atomic<bool>& abort);
BindRequest bind_request(const SmppSettings& settings, BindRole role);
// Connects, binds and unbinds on the calling thread. The SMSC's name for itself, or what is wrong.
tl::expected<std::string, SessionTrouble> try_bind(const SmppSettings& settings, const Poco::Net::Context::Ptr& tls,
                                                   const std::atomic<bool>& abort);

class Dialer {
 public:
  // [dialer's thread]
  using Done = std::function<void(std::size_t session, tl::expected<StreamPtr, SessionTrouble>&& result)>;

  Dialer(const SmppSettings& settings, Poco::Net::Context::Ptr tls, Done done)
      : settings_(settings), tls_(std::move(tls)), done_(std::move(done)) {}
  ~Dialer() { stop(); }

  void start();
  void dial_for(std::size_t session);
  void stop();

 private:
  void work();

  const SmppSettings& settings_;
  const Poco::Net::Context::Ptr tls_;
  const Done done_;
  std::atomic<bool> abort_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::size_t> asked_;
  std::thread thread_;
};

}  // namespace messo::smpp
