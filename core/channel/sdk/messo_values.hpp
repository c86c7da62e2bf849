// Part of messo_channel.hpp: text, ids, messages, outcomes and receipts of the border as C++ values. C++17, only the standard library.
#pragma once
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messo_channel.h"

namespace messo::plugin {

inline std::string_view view(messo_str text) { return text.len == 0 ? std::string_view{} : std::string_view{text.ptr, text.len}; }
inline messo_str str(std::string_view text) { return {text.data(), text.size()}; }

// For containers keyed by an id.
struct IdHash {
  std::size_t operator()(const messo_id& id) const noexcept {
    std::uint64_t low = 0;
    std::memcpy(&low, id.bytes + 8, sizeof low);
    return static_cast<std::size_t>(low);
  }
};
struct IdEqual {
  bool operator()(const messo_id& a, const messo_id& b) const noexcept { return std::memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0; }
};
// "0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071" (RFC 9562 §4).
inline std::string to_string(const messo_id& id) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kHex[id.bytes[i] >> 4];
    out += kHex[id.bytes[i] & 15];
  }
  return out;
}

// Writes as much of `text` as fits, cut at a character's start.
inline void fill(messo_buffer* buffer, std::string_view text) {
  if (buffer == nullptr || buffer->ptr == nullptr) return;
  std::size_t length = text.size() < buffer->capacity ? text.size() : buffer->capacity;
  while (length > 0 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  if (length > 0) std::memcpy(buffer->ptr, text.data(), length);
  buffer->len = length;
}
// As a JSON string (RFC 8259 §7).
inline std::string json_string(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    if (byte >= 0x20) {
      out += c;
    } else {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out += '"';
}

struct Part {
  std::string_view name, content_type, body;
};
struct Attachment {
  std::uint64_t handle = 0;
  std::uint64_t size = 0;  // bytes
  std::string_view name, content_type;
};

// A borrowed message: every view dies when the call that gave it returns. Keep an OwnedMessage instead.
class Message {
 public:
  explicit Message(const messo_message* raw) : raw_(raw) {}

  const messo_message& raw() const { return *raw_; }
  const messo_id& attempt() const { return raw_->attempt; }
  const messo_id& delivery() const { return raw_->delivery; }  // the same for every attempt
  std::uint32_t attempt_number() const { return raw_->attempt_number; }
  std::uint32_t priority() const { return raw_->priority; }
  std::int64_t created_ms() const { return raw_->created_ms; }
  std::int64_t send_before_ms() const { return raw_->send_before_ms; }
  std::int64_t answer_by_ms() const { return raw_->answer_by_ms; }
  std::string_view channel() const { return view(raw_->channel); }
  std::string_view to() const { return view(raw_->to); }
  std::string_view to_name() const { return view(raw_->to_name); }
  std::string_view from() const { return view(raw_->from); }
  std::string_view from_name() const { return view(raw_->from_name); }
  std::string_view reply_to() const { return view(raw_->reply_to); }
  std::string_view language() const { return view(raw_->language); }
  std::string_view meta_json() const { return view(raw_->meta_json); }

  std::size_t part_count() const { return raw_->part_count; }
  Part part(std::size_t i) const {
    const messo_part& p = *raw_->parts[i];
    return {view(p.name), view(p.content_type), view(p.body)};
  }
  // The part of that name, if there is one.
  std::optional<Part> find_part(std::string_view name) const {
    for (std::size_t i = 0; i < part_count(); ++i) {
      if (view(raw_->parts[i]->name) == name) return part(i);
    }
    return std::nullopt;
  }
  // Its text; empty when there is none.
  std::string_view text(std::string_view name) const {
    const auto found = find_part(name);
    return found ? found->body : std::string_view{};
  }

  std::size_t attachment_count() const { return raw_->attachment_count; }
  Attachment attachment(std::size_t i) const {
    const messo_attachment& a = *raw_->attachments[i];
    return {a.handle, a.size, view(a.name), view(a.content_type)};
  }

 protected:
  const messo_message* raw_;
};

// A deep copy in one block of memory, so that it costs one allocation. Movable, not copyable; moving keeps every view valid.
class OwnedMessage : public Message {
 public:
  explicit OwnedMessage(const Message& message) : Message(nullptr) { copy(message.raw()); }
  explicit OwnedMessage(const messo_message& message) : Message(nullptr) { copy(message); }
  OwnedMessage(OwnedMessage&&) noexcept = default;
  OwnedMessage& operator=(OwnedMessage&&) noexcept = default;

 private:
  void copy(const messo_message& from) {
    std::size_t text = 0;
    const auto add = [&text](const messo_str& s) { text += s.len; };
    for (const auto member : kTexts) add(from.*member);
    for (std::size_t i = 0; i < from.part_count; ++i) add(from.parts[i]->name), add(from.parts[i]->content_type), add(from.parts[i]->body);
    for (std::size_t i = 0; i < from.attachment_count; ++i) add(from.attachments[i]->name), add(from.attachments[i]->content_type);

    // Structs first, each a multiple of eight bytes, then pointers, then text.
    const std::size_t structs =
        sizeof(messo_message) + from.part_count * sizeof(messo_part) + from.attachment_count * sizeof(messo_attachment);
    const std::size_t pointers = (from.part_count + from.attachment_count) * sizeof(void*);
    block_.reset(new unsigned char[structs + pointers + text]);  // new[] of unsigned char is aligned for any type

    unsigned char* at = block_.get();
    auto* message = new (at) messo_message{};
    std::memcpy(static_cast<void*>(message), &from, from.struct_size < sizeof from ? from.struct_size : sizeof from);
    message->struct_size = sizeof *message;
    at += sizeof *message;
    unsigned char* words = block_.get() + structs;
    text_ = reinterpret_cast<char*>(words + pointers);
    for (const auto member : kTexts) message->*member = keep(from.*member);
    message->parts = copy_all<messo_part>(from.parts, from.part_count, at, words, [this](messo_part& p) {
      p.name = keep(p.name), p.content_type = keep(p.content_type), p.body = keep(p.body);
    });
    message->attachments = copy_all<messo_attachment>(from.attachments, from.attachment_count, at, words, [this](messo_attachment& a) {
      a.name = keep(a.name), a.content_type = keep(a.content_type);
    });
    raw_ = message;
  }

  template <class T, class F>
  const T* const* copy_all(const T* const* from, std::size_t count, unsigned char*& at, unsigned char*& words, F&& own) {
    if (count == 0) return nullptr;
    auto** index = reinterpret_cast<const T**>(words);
    for (std::size_t i = 0; i < count; ++i, at += sizeof(T)) {
      auto* one = new (at) T{};
      std::memcpy(static_cast<void*>(one), from[i], from[i]->struct_size < sizeof(T) ? from[i]->struct_size : sizeof(T));
      one->struct_size = sizeof(T);
      own(*one);
      index[i] = one;
    }
    words += count * sizeof(void*);
    return index;
  }
  messo_str keep(messo_str s) {
    if (s.len == 0) return {nullptr, 0};
    std::memcpy(text_, s.ptr, s.len);
    const messo_str kept{text_, s.len};
    text_ += s.len;
    return kept;
  }

  static constexpr messo_str messo_message::*kTexts[] = {&messo_message::channel,  &messo_message::to,        &messo_message::to_name,
                                                         &messo_message::from,     &messo_message::from_name, &messo_message::reply_to,
                                                         &messo_message::language, &messo_message::meta_json};
  std::unique_ptr<unsigned char[]> block_;
  char* text_ = nullptr;
};

// An id by which a later receipt will name an attempt: {"message_id", "<...>"}; a long SMS has one per part.
struct Reference {
  std::string kind, value;
  std::uint32_t part = 0;
};

// What the provider said at once. Start from one of the functions below, refine with the chained members.
struct Outcome {
  messo_outcome_kind kind = MESSO_UNKNOWN;
  messo_scope scope = MESSO_SCOPE_MESSAGE;
  bool throttled = false;
  std::int64_t retry_after_ms = -1;
  std::string code;          // stable, machine readable: "smtp.550-5.1.1"
  std::string public_text;   // safe for the sending application: no address, no free text of the provider
  std::string private_text;  // log only
  std::vector<Reference> references;

  Outcome&& about(messo_scope s) && { return scope = s, std::move(*this); }
  Outcome&& retry_after(std::int64_t ms) && { return retry_after_ms = ms, std::move(*this); }
  Outcome&& slow_down() && { return throttled = true, std::move(*this); }
  Outcome&& log_text(std::string text) && { return private_text = std::move(text), std::move(*this); }
  Outcome&& reference(std::string ref_kind, std::string value, std::uint32_t part = 0) && {
    references.push_back({std::move(ref_kind), std::move(value), part});
    return std::move(*this);
  }
};

inline Outcome make_outcome(messo_outcome_kind kind, std::string code, std::string public_text) {
  Outcome out;
  out.kind = kind, out.code = std::move(code), out.public_text = std::move(public_text);
  return out;
}
// The provider took it; no receipt will come.
inline Outcome sent(std::string code = "sent", std::string public_text = {}) {
  return make_outcome(MESSO_SENT, std::move(code), std::move(public_text));
}
// The provider took it; a receipt naming one of `references` will come.
inline Outcome pending(std::vector<Reference> references, std::string code = "accepted", std::string public_text = {}) {
  Outcome out = make_outcome(MESSO_PENDING, std::move(code), std::move(public_text));
  out.references = std::move(references);
  return out;
}
// Not taken for now, and certainly not out.
inline Outcome try_later(std::string code, std::string public_text) {
  return make_outcome(MESSO_TRY_LATER, std::move(code), std::move(public_text));
}
// Not taken, for good.
inline Outcome refused(std::string code, std::string public_text) {
  return make_outcome(MESSO_REFUSED, std::move(code), std::move(public_text));
}
// It may be out of our hands and nobody knows: the only honest answer once the last byte has gone and no reply came.
inline Outcome unknown(std::string code, std::string public_text) {
  return make_outcome(MESSO_UNKNOWN, std::move(code), std::move(public_text));
}
// Given back untouched (stopping, paused): costs no attempt.
inline Outcome given_back(std::string code = "given_back", std::string public_text = "The message was given back before it was sent.") {
  return try_later(std::move(code), std::move(public_text)).about(MESSO_SCOPE_PROVIDER).slow_down();
}

// What came back later. Unique by (provider, dedupe_key).
struct Receipt {
  messo_receipt_kind kind = MESSO_RECEIPT_MILESTONE;
  messo_milestone milestone = MESSO_MILESTONE_NONE;
  messo_verification verification = MESSO_NOT_CHECKED;
  std::int64_t at_ms = 0;
  std::string dedupe_key, code, public_text, raw;
  std::vector<Reference> references;        // none: kept and shown, matched with nothing
  messo_scope scope = MESSO_SCOPE_MESSAGE;  // MESSO_SCOPE_DESTINATION: on an undelivered one, the address itself is bad; or a complaint
  std::vector<Reference> learned;           // further ids by which later receipts may name the same message
};

// ---- the same as the border has them: views into values that must outlive these --------------------------------------------------------

class RawReferences {
 public:
  explicit RawReferences(const std::vector<Reference>& from) {
    raw_.reserve(from.size());
    index_.reserve(from.size());
    for (const Reference& one : from) {
      raw_.push_back({sizeof(messo_reference), one.part, str(one.kind), str(one.value)});
      index_.push_back(&raw_.back());
    }
  }
  RawReferences(RawReferences&&) noexcept = default;  // the pointers stay: a moved vector keeps its elements
  RawReferences(const RawReferences&) = delete;
  RawReferences& operator=(const RawReferences&) = delete;
  RawReferences& operator=(RawReferences&&) = delete;
  const messo_reference* const* data() const { return index_.empty() ? nullptr : index_.data(); }
  std::size_t size() const { return index_.size(); }

 private:
  std::vector<messo_reference> raw_;
  std::vector<const messo_reference*> index_;
};

class RawReceipts {
 public:
  explicit RawReceipts(const std::vector<Receipt>& from) : raw_(from.size()) {
    references_.reserve(from.size());
    learned_.reserve(from.size());
    index_.reserve(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
      const Receipt& one = from[i];
      references_.emplace_back(one.references);
      learned_.emplace_back(one.learned);
      messo_receipt& to = raw_[i];
      to.struct_size = sizeof to;
      to.kind = one.kind, to.milestone = one.milestone, to.verification = one.verification;
      to.at_ms = one.at_ms;
      to.dedupe_key = str(one.dedupe_key), to.code = str(one.code), to.public_text = str(one.public_text), to.raw = str(one.raw);
      to.references = references_.back().data(), to.reference_count = references_.back().size();
      to.scope = one.scope;
      to.learned = learned_.back().data(), to.learned_count = learned_.back().size();
      index_.push_back(&to);
    }
  }
  RawReceipts(const RawReceipts&) = delete;
  RawReceipts& operator=(const RawReceipts&) = delete;
  const messo_receipt* const* data() const { return index_.empty() ? nullptr : index_.data(); }
  std::size_t size() const { return index_.size(); }

 private:
  std::vector<RawReferences> references_, learned_;
  std::vector<messo_receipt> raw_;
  std::vector<const messo_receipt*> index_;
};

}  // namespace messo::plugin
