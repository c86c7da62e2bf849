// A byte stream to a server over a Poco socket, plain or TLS, where every call has a deadline and can be stopped; or none waits at all.
#pragma once
#include <Poco/Net/Context.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <atomic>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "mail/smtp_settings.hpp"

namespace messo::mail {

// TLS >= 1.2, the peer's chain and host name verified in the handshake (RFC 8314 §5), against `ca_file` or the system's authorities.
// Shared by all connections of a provider; thread-safe. Error: kind invalid when the file cannot be read.
Result<Poco::Net::Context::Ptr> make_tls_context(const std::string& host, const std::string& ca_file);

// True for 127.0.0.0/8, ::1 and "localhost": the only hosts an unprotected connection may go to.
bool is_loopback_host(const std::string& host);

// One thread at a time. Failures come back as values; nothing throws.
class SmtpStream {
 public:
  // `stop`: when it becomes true, waiting calls end with Failure::stopped within half a second. Must outlive the stream.
  explicit SmtpStream(const std::atomic<bool>& stop) : stop_(&stop) {}

  struct Trouble {
    Failure failure;
    std::string detail;
  };
  using Outcome = std::optional<Trouble>;  // nullopt: done

  // Tries each address of the host in turn, sharing `timeout`. TCP_NODELAY is set: our writes are whole pipelined groups. Blocks SIGPIPE in
  // the calling thread, because OpenSSL writes without MSG_NOSIGNAL.
  Outcome connect(const std::string& host, std::uint16_t port, bool loopback_only, Millis timeout);
  // Performs the TLS handshake on the connected stream.
  Outcome start_tls(const Poco::Net::Context::Ptr& context, const std::string& host, Millis timeout);

  // Writes all bytes; fails when none is accepted for `silence`. `handed_over` becomes an upper bound of the bytes the peer may have:
  // exact for plain connections, up to the end of the last record for TLS.
  Outcome write(std::string_view bytes, Millis silence, std::size_t& handed_over);
  // Reads what there is, at least one byte unless it fails.
  Outcome read(std::span<char> into, std::size_t& got, Steady deadline);
  // Bytes or the end of the stream wait to be read. No blocking.
  bool readable();

  // For who waits for many connections at once: from here on only read_now(), write_now() and close(). After connect() and start_tls().
  void never_wait();
  // What there is now; `got` 0: nothing yet. Read until then before waiting for the descriptor: TLS keeps decrypted bytes back.
  Outcome read_now(std::span<char> into, std::size_t& got);
  // What can be taken now, `sent` bytes; the rest is to be written again from there, the same bytes first, wherever they lie by then.
  // `handed_over` is as in write().
  Outcome write_now(std::string_view bytes, std::size_t& sent, std::size_t& handed_over);
  int descriptor() const;  // for poll(2); -1 when closed

  bool is_open() const { return socket_.has_value(); }
  bool is_secure() const { return secure_; }
  void close();

 private:
  // The next piece of `bytes` from `sent` on; false when the socket takes nothing now. Throws Poco's exceptions.
  bool write_piece(std::string_view bytes, std::size_t& sent, std::size_t& handed_over);
  int write_some(std::string_view bytes);
  Outcome broken(const std::string& detail);

  const std::atomic<bool>* stop_;
  std::optional<Poco::Net::StreamSocket> plain_;   // the socket itself
  std::optional<Poco::Net::StreamSocket> socket_;  // what is read and written: plain_, or TLS over it
  bool secure_ = false;
};

}  // namespace messo::mail
