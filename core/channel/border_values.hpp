// From the hub's values to the C structs of the plugin border and back. What comes from a plugin is bounded, cleaned and read as the most
// careful value when it is not understood. Pure.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channel/provider_port.hpp"
#include "channel/sdk/messo_channel.h"
#include "store/work_queue.hpp"  // kMaxCheckpoint

namespace messo {

// Bounds on what a plugin may say, in bytes.
inline constexpr std::size_t kMaxCode = 128;
inline constexpr std::size_t kMaxPublicText = 500;
inline constexpr std::size_t kMaxPrivateText = 2000;
inline constexpr std::size_t kMaxLogText = 1000;
inline constexpr std::size_t kMaxReferenceKind = 64;
inline constexpr std::size_t kMaxReferenceValue = 998;  // a Message-ID may fill a line (RFC 5322 §2.1.1)
inline constexpr std::size_t kMaxReferences = 255;
inline constexpr std::size_t kMaxDedupeKey = 1024;
inline constexpr std::size_t kMaxLearned = 16;
inline constexpr std::size_t kMaxOriginal = 32 << 20;  // byte-exact material of one receipt
inline constexpr std::size_t kMaxAsSent = 128 << 20;   // a message as it is handed over: 100 MB of certified mail, and a margin
inline constexpr Millis kLongestRetryAfter = std::chrono::hours(24 * 7);

// At most `limit` bytes of well-formed UTF-8 on one line: what is malformed becomes '?', control characters a blank.
std::string clean_text(messo_str text, std::size_t limit);
// [A-Za-z0-9._-] and nothing else ('_' for the rest); `fallback` when empty.
std::string clean_code(messo_str text, std::string_view fallback);
// The bytes as they are; empty for a null pointer.
std::string_view raw_view(messo_str text);

messo_id to_border(AttemptId id);
AttemptId attempt_of(const messo_id& id);

// Nothing when the struct is too short to hold an outcome at all.
std::optional<Outcome> read_outcome(const messo_outcome& raw);
// With its `raw` material as raw_bytes. Nothing when the struct is too short, has no dedupe key, names references none of which could be
// matched, or an original over the bound. One that names none at all is only kept.
std::optional<Receipt> read_receipt(const messo_receipt& raw);
// Those by which receipts will name a message. Nothing when one of them could not be matched, or they are too many.
std::optional<std::vector<Reference>> read_all_references(const messo_reference* const* references, std::size_t count);

// The C view of references: points into them, they must outlive it.
class BorderReferences {
 public:
  explicit BorderReferences(std::span<const Reference> references);
  BorderReferences(const BorderReferences&) = delete;
  BorderReferences& operator=(const BorderReferences&) = delete;

  const messo_reference* const* data() const { return index_.data(); }
  std::size_t size() const { return index_.size(); }

 private:
  std::vector<messo_reference> references_;
  std::vector<const messo_reference*> index_;
};

// The C view of a batch: points into the messages, which must outlive it. Attachment handles count from 1 within their message.
class BorderBatch {
 public:
  explicit BorderBatch(std::span<const OutgoingMessage> messages);
  BorderBatch(const BorderBatch&) = delete;
  BorderBatch& operator=(const BorderBatch&) = delete;

  const messo_message* const* data() const { return index_.data(); }
  std::size_t size() const { return index_.size(); }

 private:
  messo_message convert(const OutgoingMessage& from);

  std::vector<messo_message> messages_;
  std::vector<messo_part> parts_;
  std::vector<messo_attachment> attachments_;
  std::vector<const messo_part*> part_index_;
  std::vector<const messo_attachment*> attachment_index_;
  std::vector<const messo_message*> index_;
};

}  // namespace messo
