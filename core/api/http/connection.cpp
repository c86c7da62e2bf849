#include "api/http/connection.hpp"

#include <pthread.h>

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Timestamp.h>
#include <sys/socket.h>

#include <array>
#include <charconv>

#include "base/hash.hpp"

namespace messo::http {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kEarlyLook = 16 * 1024;  // from here on the head is judged before the body is taken
constexpr std::uint64_t kFreeBody = 64 * 1024;   // bodies up to here do not count against the budget
constexpr std::uint64_t kBudgetStep = 256 * 1024;
constexpr Millis kLinger = 1s;
constexpr std::size_t kLingerBytes = 1 << 20;
constexpr std::size_t kChunkLine = 256;
constexpr std::uint64_t kSourcePiece = 256 * 1024;

// IMF-fixdate of now; formatted once a second per thread.
const std::string& date_now() {
  thread_local std::time_t second = 0;
  thread_local std::string text;
  if (const auto now = std::time(nullptr); now != second) {
    second = now;
    text = Poco::DateTimeFormatter::format(Poco::Timestamp::fromEpochTime(now), Poco::DateTimeFormat::HTTP_FORMAT);
  }
  return text;
}

constexpr char kTlsHandshake = 0x16;  // RFC 8446 §5.1: the first byte of a ClientHello's record

bool may_begin_request(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '\r'; }

}  // namespace

std::string bare_problem(int status, std::string_view code, std::string_view detail, std::string_view fields) {
  const std::string number = std::to_string(status), reason(reason_phrase(status));
  std::string body = R"({"type":"urn:messo:problem:)" + std::string(code) + R"(","title":")" + reason + R"(","status":)" + number +
                     R"(,"detail":")" + std::string(detail) + R"(","instance":"urn:messo:request:none"})";
  return "HTTP/1.1 " + number + ' ' + reason + "\r\nContent-Type: application/problem+json\r\n" + std::string(fields) +
         "Connection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

bool BodyBudget::take(std::uint64_t bytes) {
  const auto wanted = static_cast<std::int64_t>(bytes);
  if (left_.fetch_sub(wanted) >= wanted) return true;
  left_ += wanted;
  return false;
}

Shared::Shared(const ListenerOptions& o, Handler& h, Log& l)
    : options(o), handler(h), log(l), gate(o.gate), bodies(o.bodies_in_memory), tls(o.tls) {
  std::array<std::uint8_t, 4> random{};
  random_bytes(random);
  id_prefix = to_hex(as_text(random)) + "-";
}

Connection::Connection(const Poco::Net::StreamSocket& accepted, std::shared_ptr<Shared> shared)
    : Poco::Net::TCPServerConnection(accepted), shared_(std::move(shared)) {
  seat_ = shared_->gate.take_seat(socket().impl()->sockfd());
  if (!shared_->options.socket.empty()) {
    peer_ = local_peer(socket().impl()->sockfd(), shared_->options.socket_group);
    return;
  }
  try {
    peer_.address = socket().peerAddress().host().toString();
  } catch (const Poco::Exception&) {  // gone already; reading will tell
  }
  peer_.encrypted = socket().secure();
}

Connection::~Connection() { shared_->gate.leave(socket().impl()->sockfd()); }

void Connection::run() {
  pthread_setname_np(pthread_self(), "http");
  if (seat_ == nullptr) return;
  try {
    if (peer_.encrypted && !begins_with_tls()) return refuse_plain_http();
    while (serve_one()) seat_->waiting(shared_->options.keep_alive);
    if (peer_.encrypted) socket().shutdown();
  } catch (const Poco::Exception&) {  // the peer is gone, or the sweeper closed the socket
  } catch (const std::exception& e) {
    shared_->log.error("MSO-1601", "A connection ended by a defect; report it with the detail.", {{"detail", e.what()}});
  }
  if (budget_ > 0) shared_->bodies.give_back(budget_);
}

bool Connection::begins_with_tls() {
  char first = kTlsHandshake;
  const auto n = ::recv(socket().impl()->sockfd(), &first, 1, MSG_PEEK);
  return n <= 0 || first == kTlsHandshake;  // a connection that is gone shows in the handshake
}

// Below the TLS layer, which has not begun.
void Connection::refuse_plain_http() {
  static const std::string kAnswer = bare_problem(400, "https_required", "This port speaks HTTPS: write https:// in the address.");
  const int fd = socket().impl()->sockfd();
  seat_->writing(shared_->options.write_deadline);
  if (::send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) <= 0) return;
  ::shutdown(fd, SHUT_WR);
  seat_->reading_body(kLinger);  // closing with unread bytes would take the answer back
  std::array<char, 16 * 1024> unread;
  for (std::size_t drained = 0; drained < kLingerBytes;) {
    const auto n = ::recv(fd, unread.data(), unread.size(), 0);
    if (n <= 0) return;
    drained += static_cast<std::size_t>(n);
  }
}

bool Connection::serve_one() {
  Request request;
  request.peer = &peer_;
  Fault fault;
  const auto answer = [&](const Response& response, bool keep) {
    const bool stay = keep && !response.close && !shared_->gate.draining() && !seat_->late();
    seat_->writing(shared_->options.write_deadline + Millis(static_cast<std::int64_t>(response.size() / 64)));
    const bool whole = send(request, response, stay);
    shared_->handler.done(request, response, std::chrono::duration<double>(std::chrono::steady_clock::now() - request_began_).count());
    return stay && whole;
  };
  const auto refuse = [&] {
    answer(shared_->handler.refuse(request, fault), false);
    linger();
    return false;
  };

  if (const auto read = read_head(request, fault); read == Read::closed)
    return false;
  else if (read == Read::fault)
    return refuse();
  if (request.has_body() || request.expect_continue) {
    const bool look = request.chunked || request.expect_continue || request.content_length.value_or(0) > kEarlyLook;
    if (auto early = look ? shared_->handler.before_body(request) : std::nullopt) {
      answer(*early, false);
      linger();
      return false;
    }
    if (const auto read = read_body(request, fault); read == Read::closed)
      return false;
    else if (read == Read::fault)
      return refuse();
  }
  seat_->working();
  Response response;
  try {
    response = shared_->handler.handle(request);
  } catch (const std::exception& e) {
    shared_->log.error("MSO-1602", "A request ended by a defect; report it with the detail.",
                       {{"request", request.id}, {"target", request.path}, {"detail", e.what()}});
    response = shared_->handler.refuse(request, {500, "The hub made a mistake. Its log has the details under this request's id."});
  }
  if (budget_ > 0) {
    shared_->bodies.give_back(budget_);
    budget_ = 0;
  }
  return answer(response, request.keep_alive);
}

bool Connection::receive() {
  std::array<char, 16 * 1024> buffer;  // one TLS record at most: nothing stays behind in the TLS layer unseen
  const int n = socket().receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
  if (n <= 0) return false;
  pending_.append(buffer.data(), static_cast<std::size_t>(n));
  return true;
}

Millis Connection::time_left() const {
  const auto passed = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - request_began_);
  return std::max(Millis(1), shared_->options.request_deadline - passed);
}

Connection::Read Connection::read_head(Request& request, Fault& fault) {
  const auto& limits = shared_->options.head;
  request.id = shared_->id_prefix + std::to_string(shared_->next_id.fetch_add(1, std::memory_order_relaxed));
  if (pending_.empty() && !receive()) return Read::closed;
  request_began_ = std::chrono::steady_clock::now();
  seat_->reading_head(shared_->options.request_deadline);
  std::size_t searched = 0;
  while (true) {
    // RFC 9112 §2.2: an empty line before a request is ignored; more than one is no client we want.
    if (searched == 0 && pending_.starts_with("\r\n")) pending_.erase(0, 2);
    if (!pending_.empty() && !may_begin_request(pending_.front())) {
      fault = {400, "The first line is not an HTTP request."};
      return Read::fault;
    }
    const auto end = pending_.find("\r\n\r\n", searched > 3 ? searched - 3 : 0);
    if (end != std::string::npos && end + 4 <= limits.head_bytes) {
      request.head = pending_.substr(0, end + 4);
      pending_.erase(0, end + 4);
      break;
    }
    searched = pending_.size();
    if (end != std::string::npos || searched > limits.head_bytes) {
      fault = {431, "The header is over " + std::to_string(limits.head_bytes / 1024) + " KiB; send a smaller one."};
      return Read::fault;
    }
    if (searched > limits.line_bytes && pending_.find("\r\n") == std::string::npos) {
      fault = {414, "The address is too long."};
      return Read::fault;
    }
    if (!receive()) {
      if (!seat_->late() || pending_.empty()) return Read::closed;
      fault = {408, "The request did not arrive in time."};
      return Read::fault;
    }
  }
  if (auto found = parse_head(request, limits)) {
    fault = *std::move(found);
    return Read::fault;
  }
  return Read::complete;
}

bool Connection::grow_budget(std::uint64_t to, Fault& fault) {
  if (to <= kFreeBody || to <= budget_) return true;
  if (!shared_->bodies.take(to - budget_)) {
    fault = {503, "Too many large requests are coming in at once; try again shortly."};
    return false;
  }
  budget_ = to;
  return true;
}

Connection::Read Connection::read_body(Request& request, Fault& fault) {
  const auto too_large = [&] {
    fault = {413, "The body is over " + std::to_string(shared_->options.max_body) + " bytes; send less, for instance smaller attachments."};
    return Read::fault;
  };
  seat_->reading_body(time_left());
  const auto length = request.content_length.value_or(0);
  if (length > shared_->options.max_body) return too_large();
  if (!grow_budget(length, fault)) return Read::fault;
  if (request.expect_continue) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    socket().sendBytes(kContinue.data(), static_cast<int>(kContinue.size()), MSG_NOSIGNAL);
  }
  if (request.chunked) return read_chunked(request, fault);
  if (pending_.size() <= length) {
    request.body = std::move(pending_);
    pending_.clear();
  } else {
    request.body = pending_.substr(0, length);
    pending_.erase(0, length);
  }
  request.body.reserve(length);
  std::array<char, 16 * 1024> buffer;
  while (request.body.size() < length) {
    const auto wanted = std::min<std::uint64_t>(buffer.size(), length - request.body.size());
    const int n = socket().receiveBytes(buffer.data(), static_cast<int>(wanted));
    if (n <= 0) {
      if (!seat_->late()) return Read::closed;
      fault = {408, "The body did not arrive in time."};
      return Read::fault;
    }
    request.body.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return Read::complete;
}

bool Connection::take_line(std::string& line, Fault& fault) {
  while (true) {
    const auto end = pending_.find("\r\n");
    if (end <= kChunkLine) {  // and not npos
      line = pending_.substr(0, end);
      pending_.erase(0, end + 2);
      return true;
    }
    if (pending_.size() > kChunkLine) {
      fault = {400, "The chunked body is malformed."};
      return false;
    }
    if (!receive()) {
      fault = {408, "The body did not arrive in time."};
      return false;
    }
  }
}

// RFC 9112 §7.1. Extensions are ignored, trailer fields are read and dropped.
Connection::Read Connection::read_chunked(Request& request, Fault& fault) {
  std::string line;
  while (true) {
    if (!take_line(line, fault)) return Read::fault;
    std::uint64_t size = 0;
    const auto digits = std::string_view(line).substr(0, line.find(';'));
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
      fault = {400, "The chunked body is malformed."};
      return Read::fault;
    }
    if (size == 0) break;
    if (size > shared_->options.max_body || request.body.size() + size > shared_->options.max_body) {
      fault = {413,
               "The body is over " + std::to_string(shared_->options.max_body) + " bytes; send less, for instance smaller attachments."};
      return Read::fault;
    }
    if (const auto to = request.body.size() + size; to > kFreeBody && !grow_budget((to / kBudgetStep + 1) * kBudgetStep, fault))
      return Read::fault;
    while (pending_.size() < size + 2) {
      if (receive()) continue;
      fault = {408, "The body did not arrive in time."};
      return Read::fault;
    }
    if (pending_.compare(size, 2, "\r\n") != 0) {
      fault = {400, "The chunked body is malformed."};
      return Read::fault;
    }
    request.body.append(pending_, 0, size);
    pending_.erase(0, size + 2);
  }
  for (std::size_t trailers = 0; trailers < 20; ++trailers) {
    if (!take_line(line, fault)) return Read::fault;
    if (line.empty()) return Read::complete;
  }
  fault = {400, "The chunked body is malformed."};
  return Read::fault;
}

bool Connection::send(const Request& request, const Response& response, bool keep_alive) {
  auto out = serialize_head(response, request, keep_alive, date_now());
  const bool body = request.method != "HEAD";
  const bool together = body && response.body.size() <= 64 * 1024;  // one segment, one system call
  if (together) out += response.body;
  socket().sendBytes(out.data(), static_cast<int>(out.size()), MSG_NOSIGNAL);
  if (body && response.source) return send_source(request, *response.source);
  if (body && !together) socket().sendBytes(response.body.data(), static_cast<int>(response.body.size()), MSG_NOSIGNAL);
  return true;
}

bool Connection::send_source(const Request& request, const BodySource& source) {
  for (std::uint64_t sent = 0; sent < source.size;) {
    const auto piece = source.read(sent, kSourcePiece);
    if (!piece || piece->empty()) {
      shared_->log.error("MSO-1603", "An answer broke off because its bytes could not be read; check the disk.",
                         {{"request", request.id},
                          {"code", piece ? "too_short" : piece.error().code},
                          {"detail", piece ? std::string() : piece.error().detail}});
      return false;
    }
    socket().sendBytes(piece->data(), static_cast<int>(piece->size()), MSG_NOSIGNAL);
    sent += piece->size();
  }
  return true;
}

void Connection::linger() {
  if (peer_.encrypted || seat_->late()) return;
  seat_->reading_body(kLinger);
  ::shutdown(socket().impl()->sockfd(), SHUT_WR);
  for (std::size_t drained = 0; drained < kLingerBytes && receive(); drained += pending_.size(), pending_.clear()) {
  }
}

}  // namespace messo::http
