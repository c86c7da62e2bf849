#include "smpp/session.hpp"

#include <array>

namespace messo::smpp {
namespace {

constexpr std::size_t kReadAtOnce = 64 * 1024;
constexpr int kReadsInARow = 4;  // then the other sessions have their turn
constexpr std::size_t kSequenceAt = 12;
constexpr std::size_t kKeepWritten = 256 * 1024;

SessionTrouble broken(const mail::SmtpStream::Trouble& trouble) { return {Trouble::closed, 0, trouble.detail}; }

}  // namespace

Body response_to(CommandId request) {
  switch (request) {
    case CommandId::deliver_sm: return DeliverSmResponse{};
    case CommandId::data_sm: return DataSmResponse{};
    default: return GenericNack{};
  }
}

void Session::attach(std::unique_ptr<mail::SmtpStream> stream, Steady now) {
  stream_ = std::move(stream);
  stream_->never_wait();
  in_.clear();
  out_.clear();
  written_ = 0;
  out_begins_ = handed_over_ = 0;
  sequence_ = 0;
  awaited_.clear();
  deadlines_.clear();
  submits = 0;
  nonsense_ = 0;
  proven = false;
  last_heard_ = now;
  ++generation;
}

std::vector<Awaited> Session::close() {
  std::vector<Awaited> left;
  left.reserve(awaited_.size());
  for (auto& [sequence, awaited] : awaited_) left.push_back(std::move(awaited));
  awaited_.clear();
  deadlines_.clear();
  submits = 0;
  stream_.reset();
  ++generation;
  phase = Phase::closed;
  return left;
}

std::uint32_t Session::next_sequence() {
  do {
    sequence_ = sequence_ >= kMaxSequence ? 1 : sequence_ + 1;
  } while (awaited_.contains(sequence_));
  return sequence_;
}

void Session::request(std::string& pdu, Awaited awaited) {
  const auto sequence = next_sequence();
  for (int i = 0; i < 4; ++i) pdu[kSequenceAt + static_cast<std::size_t>(i)] = static_cast<char>(sequence >> (24 - 8 * i));
  awaited.begins = out_begins_ + out_.size();
  out_ += pdu;
  if (awaited.what == Awaited::What::submit) ++submits;
  deadlines_.emplace_back(awaited.until, sequence);
  awaited_.emplace(sequence, std::move(awaited));
}

void Session::request(const Body& body, Awaited awaited) {
  auto pdu = encode({0, 1, body});
  if (!pdu.empty()) request(pdu, std::move(awaited));
}

void Session::respond(std::uint32_t sequence, std::uint32_t status, const Body& body) {
  if (stream_) out_ += encode({status, sequence, body});
}

std::optional<mail::SmtpStream::Trouble> Session::flush() {
  if (!stream_ || !wants_to_write()) return {};
  std::size_t sent = 0, handed_over = 0;
  auto trouble = stream_->write_now(std::string_view(out_).substr(written_), sent, handed_over);
  handed_over_ = std::max(handed_over_, out_begins_ + written_ + handed_over);
  written_ += sent;
  if (trouble) return trouble;
  if (written_ == out_.size() || written_ > kKeepWritten) {
    out_.erase(0, written_);
    out_begins_ += written_;
    written_ = 0;
  }
  if (out_.size() - written_ > kMostUnsent) return mail::SmtpStream::Trouble{mail::Failure::timeout, "the peer does not read"};
  return {};
}

tl::expected<bool, SessionTrouble> Session::receive(Steady now, const std::function<void(Pdu&&)>& take) {
  static thread_local std::array<char, kReadAtOnce> buffer;
  for (int i = 0; i < kReadsInARow; ++i) {
    if (!stream_) return false;
    std::size_t got = 0;
    if (const auto trouble = stream_->read_now(buffer, got)) return tl::unexpected(broken(*trouble));
    if (got == 0) return false;
    last_heard_ = now;
    in_.append(buffer.data(), got);
    if (auto trouble = take_apart(take)) return tl::unexpected(std::move(*trouble));
  }
  return true;
}

std::optional<SessionTrouble> Session::take_apart(const std::function<void(Pdu&&)>& take) {
  const auto of = generation;
  std::size_t done = 0;
  while (auto one = decode(std::string_view(in_).substr(done))) {
    done += one->consumed;
    if (one->pdu) {
      take(std::move(*one->pdu));
      if (generation != of) return {};  // it was closed meanwhile
      continue;
    }
    const auto& error = one->pdu.error();
    if (error.fatal || nonsense()) return SessionTrouble{Trouble::protocol, 0, std::string(error.field) + " " + std::string(error.problem)};
    answer_bad(error);
  }
  in_.erase(0, done);
  return {};
}

// A request that cannot be read is answered all the same, or the SMSC waits for it; a response that cannot be read leaves its request to
// its time.
void Session::answer_bad(const DecodeError& error) {
  const auto request = static_cast<CommandId>(error.header.command_id);
  if (is_response(request)) return;
  respond(error.header.sequence, value(error.answer), response_to(request));
}

bool Session::nonsense() {
  if (last_heard_ - nonsense_since_ > std::chrono::minutes(1)) {
    nonsense_since_ = last_heard_;
    nonsense_ = 0;
  }
  return ++nonsense_ > kMostNonsense;
}

std::optional<Awaited> Session::answered(std::uint32_t sequence) {
  const auto at = awaited_.find(sequence);
  if (at == awaited_.end()) return {};
  auto out = std::move(at->second);
  awaited_.erase(at);
  if (out.what == Awaited::What::submit) --submits;
  return out;
}

std::optional<Steady> Session::next_deadline() {
  while (!deadlines_.empty() && !awaited_.contains(deadlines_.front().second)) deadlines_.pop_front();
  if (deadlines_.empty()) return {};
  return deadlines_.front().first;
}

std::optional<Awaited> Session::overdue(Steady now) {
  const auto next = next_deadline();
  if (!next || *next > now) return {};
  return answered(deadlines_.front().second);
}

}  // namespace messo::smpp
