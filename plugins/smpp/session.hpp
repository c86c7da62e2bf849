// One SMPP session on the wire: bytes to PDUs and back, sequence numbers, what awaits its response (SMPP 3.4 §2, §3.2). What PDUs mean is
// the pool's business. One thread; never waits.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "mail/smtp_stream.hpp"
#include "smpp/outbound.hpp"
#include "smpp/outcomes.hpp"
#include "smpp_pdu/pdu.hpp"

namespace messo::smpp {

// A request of ours without response so far.
struct Awaited {
  enum class What : std::uint8_t { bind, enquire, unbind, submit, query };
  What what = What::enquire;
  Steady sent_at{};
  Steady until{};
  OutboundPtr message = {};   // submit
  QuestionPtr question = {};  // query
  std::uint32_t part = 0;
  std::uint64_t begins = 0;  // its first octet's place in the stream
};

// What answers a request of an SMSC: generic_nack for all but deliver_sm and data_sm.
Body response_to(CommandId request);

class Session {
 public:
  enum class Phase : std::uint8_t {
    closed,   // waits for retry_at
    dialing,  // the dialer has it
    binding,  // the bind's response is awaited
    bound,
    draining,   // nothing new is sent; ends once all is answered
    unbinding,  // unbind was sent
  };
  static constexpr std::size_t kMostUnsent = 4 << 20;  // octets that wait for a peer who does not read
  static constexpr unsigned kMostNonsense = 100;       // PDUs of no use, a minute

  Session(BindRole of, std::size_t number) : role(of), index(number) {}

  const BindRole role;
  const std::size_t index;
  Phase phase = Phase::closed;
  std::uint64_t generation = 0;  // connections so far: an answer for an earlier one is not sent
  unsigned failures = 0;         // in a row
  Steady retry_at{};
  Steady bound_at{};
  bool proven = false;      // a message was answered on this connection
  OutboundPtr current;      // a message with parts still to be sent on it
  std::size_t submits = 0;  // submit_sm without response

  bool sends() const { return role != BindRole::receiver; }
  bool open() const { return stream_ != nullptr; }
  bool is_bound() const { return phase == Phase::bound || phase == Phase::draining; }
  int descriptor() const { return stream_ ? stream_->descriptor() : -1; }
  bool wants_to_write() const { return written_ < out_.size(); }

  void attach(std::unique_ptr<mail::SmtpStream> stream, Steady now);
  // What is awaited still, to be told its fate; the connection is gone.
  std::vector<Awaited> close();

  // Requests and responses are only put down; flush() writes. `pdu` is encoded, its sequence number is set here.
  void request(std::string& pdu, Awaited awaited);
  void request(const Body& body, Awaited awaited);
  void respond(std::uint32_t sequence, std::uint32_t status, const Body& body);
  std::optional<mail::SmtpStream::Trouble> flush();
  // Reads what there is and takes it apart; `take` may close the session. True: there may be more at once.
  tl::expected<bool, SessionTrouble> receive(Steady now, const std::function<void(Pdu&&)>& take);

  std::optional<Awaited> answered(std::uint32_t sequence);
  // A request whose time is over, taken out.
  std::optional<Awaited> overdue(Steady now);
  std::optional<Steady> next_deadline();
  // Not one octet of it can be with the peer.
  bool never_left(const Awaited& awaited) const { return awaited.begins >= handed_over_; }
  bool awaits_anything() const { return !awaited_.empty(); }
  Steady last_heard() const { return last_heard_; }
  // One more PDU of no use; true: enough of them.
  bool nonsense();

 private:
  std::uint32_t next_sequence();
  std::optional<SessionTrouble> take_apart(const std::function<void(Pdu&&)>& take);
  void answer_bad(const DecodeError& error);

  std::unique_ptr<mail::SmtpStream> stream_;
  std::string in_, out_;
  std::size_t written_ = 0;        // of out_
  std::uint64_t out_begins_ = 0;   // place in the stream of out_'s first octet
  std::uint64_t handed_over_ = 0;  // upper bound of what the peer may have
  std::uint32_t sequence_ = 0;
  std::unordered_map<std::uint32_t, Awaited> awaited_;
  std::deque<std::pair<Steady, std::uint32_t>> deadlines_;  // in order, for all requests wait about equally long; answered ones linger
  Steady last_heard_{};
  unsigned nonsense_ = 0;
  Steady nonsense_since_{};
};

}  // namespace messo::smpp
