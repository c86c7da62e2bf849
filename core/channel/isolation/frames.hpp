// The frames between the hub and `messo-plugin-host` (docs/plugins.md): a header of kind and length, then values as in wire.hpp. Both ends
// are of one build (the greeting compares kProtocol), yet neither trusts the other: lengths are bounded and everything is checked. Pure.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channel/isolation/wire.hpp"

namespace messo::isolation {

inline constexpr std::uint32_t kProtocol = 3;
inline constexpr std::size_t kHeader = 8;                 // u32 kind, u32 length of what follows
inline constexpr std::size_t kMaxFrame = 64U << 20;       // bytes; a receipt's original may be a whole certified message
inline constexpr std::size_t kGoodFrame = 1U << 20;       // a batch is cut into frames of about this size
inline constexpr std::size_t kMaxText = 1U << 20;         // of an answer that is text
inline constexpr std::uint32_t kMostRead = 1U << 20;      // bytes of one read_attachment
inline constexpr std::size_t kAsSentPiece = 4U << 20;     // a message as it is sent comes in pieces: nothing else waits for all of it
inline constexpr std::uint32_t kMostReceipts = 10'000;    // of one on_receipts
inline constexpr std::uint32_t kMostReferences = 10'000;  // of one outcome or receipt, before the border counts

enum class Kind : std::uint32_t {
  // hub -> process
  hello = 1,   // u32 protocol, text folder, text plugin
  call = 2,    // u32 id, u32 Call, what it takes; answered by `answer`
  submit = 3,  // u64 number, u32 count, messages; answered by `submitted`
  given = 4,   // u32 id, i64 code, text: the answer to `ask`
  ping = 5,    // nothing; answered by `pong` whatever the plugin does
  // process -> hub
  answer = 101,     // u32 id, i32 code, what it gives
  submitted = 102,  // u64 number, i32 code
  outcome = 103,    // one outcome
  credits = 104,    // u32 messages, i64 pause_until_ms, text reason
  log = 105,        // u32 level, text id, text
  ask = 106,        // u32 id, u32 Ask, what it takes; answered by `given`
  pong = 107,
  leaving = 108,  // somebody asked the process to end (SIGTERM): stop it in good order
};

// What the hub calls, and what follows the code in the answer.
enum class Call : std::uint32_t {
  create = 1,       // text config -> text error
  start = 2,        // -> text error
  stop = 3,         // i64 drain_ms
  destroy = 4,      //
  probe = 5,        // i64 timeout_ms -> text report
  query = 6,        // id attempt, references
  cancel = 7,       // id attempt
  resume = 8,       // message, text checkpoint
  measure = 9,      // message -> u64 units, text report
  mailboxes = 10,   // -> text error, u32 count, (text name, i64 interval_ms)
  poll = 11,        // u32 limit, text mailbox, text cursor, u32 count, texts again, i64 timeout_ms
                    // -> text error, u32 done, text cursor, u32 more, u32 count, items
  ack = 12,         // text mailbox, u32 count, texts ids, i64 timeout_ms -> text error
  on_request = 13,  // seven texts of the request -> text error, receipts, u32 status or 0, text content_type, text body
  balance = 14      // i64 timeout_ms -> text json, or a sentence
};

// What the plugin asks of the hub and waits for.
enum class Ask : std::uint32_t {
  read_attachment = 1,  // id attempt, u64 handle, u64 offset, u32 length -> bytes
  on_receipts = 2,      // u32 count, receipts
  checkpoint = 3,       // id attempt, text
  // id attempt, u64 whole size, u64 offset, text piece, references (with the last piece; others are answered MESSO_OK when they fit). One
  // message at a time.
  keep_as_sent = 4
};

struct Frame {
  Kind kind{};
  std::string_view body;
};

// Appends a whole frame; `body` writes into the writer it is given.
template <class F>
void put_frame(std::string& to, Kind kind, F&& body) {
  const std::size_t at = to.size();
  WireWriter out(to);
  out.number(static_cast<std::uint32_t>(kind));
  out.number(std::uint32_t{0});
  body(out);
  const auto length = static_cast<std::uint32_t>(to.size() - at - kHeader);
  std::memcpy(to.data() + at + sizeof(std::uint32_t), &length, sizeof length);
}

// Bytes as they come, cut into frames.
class FrameReader {
 public:
  // Room for the next read(2), at least `least` bytes; then tell how many came.
  std::span<char> room(std::size_t least = 256U << 10);
  void came(std::size_t bytes) { filled_ += bytes; }
  // The next frame, valid until room() is called; nothing when it is not complete. broken() once a length is over the bound.
  std::optional<Frame> next();
  bool broken() const { return broken_; }

 private:
  std::string buffer_;
  std::size_t taken_ = 0, filled_ = 0;
  bool broken_ = false;
};

// ---- structs of the border ----
void put(WireWriter& out, const messo_message& message);
void put(WireWriter& out, const messo_outcome& outcome);
void put(WireWriter& out, const messo_receipt& receipt);
void put(WireWriter& out, const messo_reference* const* references, std::size_t count);
void put(WireWriter& out, const messo_poll_item& item);
// The item's `raw`, or nothing where its receipts bring their originals, or there are none: the hub would not keep it.
messo_str raw_to_send(const messo_poll_item& item);
void put_receipts(WireWriter& out, const messo_receipt* const* receipts, std::size_t count);
// What `message` takes, in bytes; at least what put() writes.
std::size_t size_of(const messo_message& message);

// Read structs and the arrays they point to; the text points into the frame. Not movable: the structs point at each other.
class ReadMessages {
 public:
  // False: not well-formed; nothing of it may be used then.
  bool read(WireReader& in, std::uint32_t count);
  const messo_message* const* data() const { return index_.data(); }
  std::size_t size() const { return index_.size(); }
  ReadMessages() = default;
  ReadMessages(const ReadMessages&) = delete;
  ReadMessages& operator=(const ReadMessages&) = delete;

 private:
  struct One {
    messo_message message{};
    std::vector<messo_part> parts;
    std::vector<messo_attachment> attachments;
    std::vector<const messo_part*> part_index;
    std::vector<const messo_attachment*> attachment_index;
  };
  bool read_one(WireReader& in, One& one);

  std::vector<One> all_;
  std::vector<const messo_message*> index_;
};

class ReadReferences {
 public:
  bool read(WireReader& in);
  const messo_reference* const* data() const { return index_.empty() ? nullptr : index_.data(); }
  std::size_t size() const { return index_.size(); }

 private:
  std::vector<messo_reference> all_;
  std::vector<const messo_reference*> index_;
};

// One after the other into the same place.
class ReadOutcome {
 public:
  bool read(WireReader& in);
  const messo_outcome& outcome() const { return outcome_; }

 private:
  messo_outcome outcome_{};
  ReadReferences references_;
};

class ReadReceipts {
 public:
  bool read(WireReader& in);
  const messo_receipt* const* data() const { return index_.data(); }
  std::size_t size() const { return index_.size(); }

 private:
  std::vector<messo_receipt> all_;
  std::vector<ReadReferences> references_, learned_;
  std::vector<const messo_receipt*> index_;
};

class ReadItem {
 public:
  bool read(WireReader& in);
  const messo_poll_item& item() const { return item_; }

 private:
  messo_poll_item item_{};
  ReadReceipts receipts_;
};

}  // namespace messo::isolation
