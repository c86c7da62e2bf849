#include "mail/smtp_stream.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SocketAddress.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>

#include <cerrno>
#include <fstream>

namespace messo::mail {
namespace {

using Poco::Net::IPAddress;
using Poco::Net::SecureStreamSocket;
using Poco::Net::StreamSocket;

// How long one system call may block: the price of noticing `stop` and deadlines without a second system call per read.
constexpr Millis slice{250};
constexpr std::size_t tls_record = 16 * 1024;

// Why the last certificate on this thread was refused; OpenSSL tells only the callback.
thread_local long last_certificate_error = X509_V_OK;

int on_certificate(int ok, X509_STORE_CTX* store) {
  if (!ok) last_certificate_error = X509_STORE_CTX_get_error(store);
  return ok;
}

Poco::Timespan to_timespan(Millis time) { return Poco::Timespan(std::max<Millis::rep>(time.count(), 1) * 1000); }

Millis left_until(Steady deadline) { return std::chrono::duration_cast<Millis>(deadline - std::chrono::steady_clock::now()); }

bool is_ip_literal(const std::string& host) {
  IPAddress address;
  return IPAddress::tryParse(host, address);
}

void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Result<Poco::Net::Context::Ptr> make_tls_context(const std::string& host, const std::string& ca_file) {
  const auto bad_file = [&](const std::string& why) {
    return fail(ErrorKind::invalid, "bad_ca_file", "ca_file cannot be read as PEM certificates: check the path and its permissions.", why);
  };
  if (!ca_file.empty() && !std::ifstream(ca_file)) return bad_file("cannot open");
  try {
    using Poco::Net::Context;
    Context::Ptr context(new Context(Context::TLS_CLIENT_USE, "", "", ca_file, Context::VERIFY_STRICT, 9, ca_file.empty()));
    SSL_CTX* raw = context->sslContext();
    // Poco skips the name check for local hosts and asks a process-wide manager about bad certificates: leave both to OpenSSL.
    context->enableExtendedCertificateVerification(false);
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, on_certificate);
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    // write_now(): a record that could not be sent is given again from a buffer that may have grown, and so moved, meanwhile.
    SSL_CTX_set_mode(raw, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    X509_VERIFY_PARAM* rules = SSL_CTX_get0_param(raw);
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const int named =
        is_ip_literal(host) ? X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) : X509_VERIFY_PARAM_set1_host(rules, host.c_str(), 0);
    if (named != 1) return fail(ErrorKind::invalid, "bad_host", "host is not a name or address that a certificate can be checked against.");
    return context;
  } catch (const Poco::Exception& error) {
    return bad_file(error.displayText());
  }
}

bool is_loopback_host(const std::string& host) {
  IPAddress address;
  return host == "localhost" || (IPAddress::tryParse(host, address) && address.isLoopback());
}

SmtpStream::Outcome SmtpStream::connect(const std::string& host, std::uint16_t port, bool loopback_only, Millis timeout) {
  close();
  block_sigpipe();
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::string why = "no address";
  try {
    // "localhost" must not depend on a resolver.
    const auto addresses = host == "localhost"   ? Poco::Net::HostEntry::AddressList{IPAddress("127.0.0.1"), IPAddress("::1")}
                           : is_ip_literal(host) ? Poco::Net::HostEntry::AddressList{IPAddress(host)}
                                                 : Poco::Net::DNS::hostByName(host).addresses();
    for (const auto& address : addresses) {
      if (stop_->load(std::memory_order_relaxed)) return Trouble{Failure::stopped, {}};
      if (loopback_only && !address.isLoopback()) return Trouble{Failure::not_loopback, {}};
      try {
        StreamSocket socket;
        socket.connect(Poco::Net::SocketAddress(address, port), to_timespan(left_until(deadline)));
        socket.setNoDelay(true);
        socket.setKeepAlive(true);
        socket.setReceiveTimeout(to_timespan(slice));
        socket.setSendTimeout(to_timespan(slice));
        plain_ = socket;
        socket_ = socket;
        return {};
      } catch (const Poco::Exception& error) {
        why = error.displayText();
      }
    }
  } catch (const Poco::Exception& error) {
    why = error.displayText();
  }
  return Trouble{Failure::connect_failed, why};
}

SmtpStream::Outcome SmtpStream::start_tls(const Poco::Net::Context::Ptr& context, const std::string& host, Millis timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  last_certificate_error = X509_V_OK;
  std::string why;
  bool gone = false;
  try {
    // Not blocking during the handshake: a peer that drips bytes must not outlast the deadline.
    plain_->setBlocking(false);
    auto secure = SecureStreamSocket::attach(*plain_, is_ip_literal(host) ? std::string{} : host, context);
    for (;;) {
      const int step = secure.completeHandshake();
      if (step == 1) break;
      const auto left = left_until(deadline);
      if (left <= Millis{0} || stop_->load(std::memory_order_relaxed)) {
        secure.close();
        close();
        return Trouble{left <= Millis{0} ? Failure::timeout : Failure::stopped, {}};
      }
      const int mode = step == SecureStreamSocket::ERR_SSL_WANT_WRITE ? Poco::Net::Socket::SELECT_WRITE : Poco::Net::Socket::SELECT_READ;
      plain_->poll(to_timespan(std::min(left, slice)), mode);
    }
    plain_->setBlocking(true);
    socket_ = secure;
    secure_ = true;
    return {};
  } catch (const Poco::Net::SSLConnectionUnexpectedlyClosedException& error) {
    gone = true;
    why = error.displayText();
  } catch (const Poco::Net::NetException& error) {
    why = error.displayText();
    // OpenSSL 3 calls the end of the stream an error of the protocol, and Poco passes on no more than its text.
    gone = dynamic_cast<const Poco::Net::SSLException*>(&error) == nullptr || why.find("unexpected eof") != std::string::npos;
  } catch (const Poco::Exception& error) {
    why = error.displayText();
  }
  ERR_clear_error();
  const long certificate = last_certificate_error;
  close();
  if (certificate != X509_V_OK) return Trouble{Failure::certificate_invalid, X509_verify_cert_error_string(certificate)};
  // A server that goes away is out of order; one that answers but cannot agree is a matter of configuration.
  return Trouble{gone ? Failure::closed : Failure::tls_failed, why};
}

int SmtpStream::write_some(std::string_view bytes) {
  try {
    // Poco's stream sockets go on until all is sent and forget, when they time out, how much was: one system call at a time instead.
    if (!secure_) return plain_->impl()->Poco::Net::SocketImpl::sendBytes(bytes.data(), static_cast<int>(bytes.size()), 0);
    // TLS: a record that timed out must be repeated with the same bytes, which is what 0 makes write() do.
    return socket_->sendBytes(bytes.data(), static_cast<int>(bytes.size()));
  } catch (const Poco::TimeoutException&) {
    return 0;
  } catch (const Poco::Exception& error) {
    if (error.code() == EAGAIN) return 0;  // the send timeout, as Poco tells it
    throw;
  }
}

bool SmtpStream::write_piece(std::string_view bytes, std::size_t& sent, std::size_t& handed_over) {
  const auto piece = bytes.substr(sent, secure_ ? tls_record : std::size_t{1} << 20);
  if (secure_) handed_over = sent + piece.size();
  const int count = write_some(piece);
  if (count <= 0) return false;
  sent += static_cast<std::size_t>(count);
  if (!secure_) handed_over = sent;
  return true;
}

SmtpStream::Outcome SmtpStream::write(std::string_view bytes, Millis silence, std::size_t& handed_over) {
  handed_over = 0;
  if (!socket_) return Trouble{Failure::closed, "not connected"};
  std::size_t done = 0;
  Steady last_progress{};
  try {
    while (done < bytes.size()) {
      if (write_piece(bytes, done, handed_over)) {
        last_progress = Steady{};
        continue;
      }
      const auto now = std::chrono::steady_clock::now();
      if (stop_->load(std::memory_order_relaxed)) return Trouble{Failure::stopped, {}};
      if (last_progress == Steady{}) last_progress = now - slice;
      if (now - last_progress > silence) return Trouble{Failure::timeout, {}};
    }
    return {};
  } catch (const Poco::Exception& error) {
    return broken(error.displayText());
  }
}

SmtpStream::Outcome SmtpStream::read(std::span<char> into, std::size_t& got, Steady deadline) {
  got = 0;
  if (!socket_) return Trouble{Failure::closed, "not connected"};
  for (;;) {
    try {
      const int count = socket_->receiveBytes(into.data(), static_cast<int>(into.size()));
      if (count > 0) {
        got = static_cast<std::size_t>(count);
        return {};
      }
      return broken("end of stream");
    } catch (const Poco::TimeoutException&) {
      if (stop_->load(std::memory_order_relaxed)) return Trouble{Failure::stopped, {}};
      if (std::chrono::steady_clock::now() >= deadline) return Trouble{Failure::timeout, {}};
    } catch (const Poco::Exception& error) {
      return broken(error.displayText());
    }
  }
}

void SmtpStream::never_wait() {
  plain_->setBlocking(false);
  socket_->setBlocking(false);
}

SmtpStream::Outcome SmtpStream::read_now(std::span<char> into, std::size_t& got) {
  got = 0;
  if (!socket_) return Trouble{Failure::closed, "not connected"};
  try {
    const int count = socket_->receiveBytes(into.data(), static_cast<int>(into.size()));
    if (count == 0) return broken("end of stream");
    if (count > 0) got = static_cast<std::size_t>(count);
    return {};
  } catch (const Poco::Exception& error) {
    return broken(error.displayText());
  }
}

SmtpStream::Outcome SmtpStream::write_now(std::string_view bytes, std::size_t& sent, std::size_t& handed_over) {
  sent = handed_over = 0;
  if (!socket_) return Trouble{Failure::closed, "not connected"};
  try {
    while (sent < bytes.size() && write_piece(bytes, sent, handed_over)) {
    }
    return {};
  } catch (const Poco::Exception& error) {
    return broken(error.displayText());
  }
}

int SmtpStream::descriptor() const { return plain_ ? plain_->impl()->sockfd() : -1; }

bool SmtpStream::readable() {
  try {
    return !socket_ || plain_->poll(Poco::Timespan(0), Poco::Net::Socket::SELECT_READ | Poco::Net::Socket::SELECT_ERROR);
  } catch (const Poco::Exception&) {
    return true;
  }
}

SmtpStream::Outcome SmtpStream::broken(const std::string& detail) {
  ERR_clear_error();  // OpenSSL's queue is per thread: what is left there would be taken for the next connection's error
  return Trouble{Failure::closed, detail};
}

void SmtpStream::close() {
  // The TLS layer first: closed after the descriptor it would write its close_notify to whatever has that number by then.
  try {
    if (socket_) socket_->close();
  } catch (const Poco::Exception&) {
  }
  try {
    if (plain_) plain_->close();
  } catch (const Poco::Exception&) {
  }
  socket_.reset();
  plain_.reset();
  secure_ = false;
}

}  // namespace messo::mail
