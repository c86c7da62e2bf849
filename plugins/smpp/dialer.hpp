// Connections to the SMSC, made where waiting is allowed: names are resolved, TCP and TLS set up on a thread of its own.
#pragma once
#include <Poco/Net/Context.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <tl/expected.hpp>

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

  Dialer(const SmppSettings& settings, Poco::Net::Context::Ptr tls, Done done);
  ~Dialer() { stop(); }
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  void start();
  void dial_for(std::size_t session);
  // Afterwards `done` is not called any more. A thread that waits for a name or for a host that does not answer is left behind, to end by
  // itself when that is over.
  void stop();

 private:
  class Line;
  const std::shared_ptr<Line> line_;
  std::thread thread_;
};

}  // namespace messo::smpp
