#include "channel/isolation/frames.hpp"

namespace messo::isolation {
namespace {

constexpr messo_str messo_message::*kMessageTexts[] = {&messo_message::channel,  &messo_message::to,        &messo_message::to_name,
                                                       &messo_message::from,     &messo_message::from_name, &messo_message::reply_to,
                                                       &messo_message::language, &messo_message::meta_json};
constexpr std::size_t kMessageFixed = 2 * 16 + 2 * 4 + 3 * 8 + std::size(kMessageTexts) * 4 + 2 * 4;
constexpr std::size_t kPartFixed = 3 * 4;
constexpr std::size_t kAttachmentFixed = 2 * 8 + 2 * 4;
constexpr std::size_t kReferenceFixed = 3 * 4;
constexpr std::size_t kReceiptFixed = 3 * 4 + 8 + 4 * 4 + 4 + 4 + 4;

// A plugin's text without end must not make a frame the hub would not take.
messo_str clipped(messo_str text) { return {text.ptr, text.len < kMaxText ? text.len : kMaxText}; }

}  // namespace

std::span<char> FrameReader::room(std::size_t least) {
  if (taken_ > 0) {
    buffer_.erase(0, taken_);
    filled_ -= taken_;
    taken_ = 0;
  }
  // What one large frame took is given back when there is none.
  if (filled_ == 0 && buffer_.size() > 4 * least) std::string().swap(buffer_);
  if (buffer_.size() < filled_ + least) buffer_.resize(filled_ + least);
  return {buffer_.data() + filled_, buffer_.size() - filled_};
}

std::optional<Frame> FrameReader::next() {
  if (broken_ || filled_ - taken_ < kHeader) return {};
  WireReader head(std::string_view(buffer_.data() + taken_, kHeader));
  const auto kind = head.number<std::uint32_t>();
  const std::size_t length = head.number<std::uint32_t>();
  if (length > kMaxFrame) {
    broken_ = true;
    return {};
  }
  if (filled_ - taken_ - kHeader < length) return {};
  const Frame frame{static_cast<Kind>(kind), std::string_view(buffer_.data() + taken_ + kHeader, length)};
  taken_ += kHeader + length;
  return frame;
}

std::size_t size_of(const messo_message& m) {
  std::size_t size = kMessageFixed;
  for (const auto member : kMessageTexts) size += (m.*member).len;
  for (std::size_t i = 0; i < m.part_count; ++i) {
    size += kPartFixed + m.parts[i]->name.len + m.parts[i]->content_type.len + m.parts[i]->body.len;
  }
  for (std::size_t i = 0; i < m.attachment_count; ++i) {
    size += kAttachmentFixed + m.attachments[i]->name.len + m.attachments[i]->content_type.len;
  }
  return size;
}

void put(WireWriter& out, const messo_message& m) {
  out.id(m.attempt), out.id(m.delivery);
  out.number(m.priority), out.number(m.attempt_number);
  out.number(m.created_ms), out.number(m.send_before_ms), out.number(m.answer_by_ms);
  for (const auto member : kMessageTexts) out.text(m.*member);
  out.number(static_cast<std::uint32_t>(m.part_count));
  for (std::size_t i = 0; i < m.part_count; ++i) out.text(m.parts[i]->name), out.text(m.parts[i]->content_type), out.text(m.parts[i]->body);
  out.number(static_cast<std::uint32_t>(m.attachment_count));
  for (std::size_t i = 0; i < m.attachment_count; ++i) {
    const messo_attachment& a = *m.attachments[i];
    out.number(a.handle), out.number(a.size), out.text(a.name), out.text(a.content_type);
  }
}

bool ReadMessages::read_one(WireReader& in, One& one) {
  messo_message& m = one.message;
  m.struct_size = sizeof m;
  m.attempt = in.id(), m.delivery = in.id();
  m.priority = in.number<std::uint32_t>(), m.attempt_number = in.number<std::uint32_t>();
  m.created_ms = in.number<std::int64_t>(), m.send_before_ms = in.number<std::int64_t>(), m.answer_by_ms = in.number<std::int64_t>();
  for (const auto member : kMessageTexts) m.*member = in.str();
  one.parts.resize(in.count(kPartFixed));
  for (messo_part& part : one.parts) {
    part = {sizeof part, 0, in.str(), in.str(), in.str()};
    one.part_index.push_back(&part);
  }
  one.attachments.resize(in.count(kAttachmentFixed));
  for (messo_attachment& a : one.attachments) {
    a.struct_size = sizeof a;
    a.handle = in.number<std::uint64_t>(), a.size = in.number<std::uint64_t>();
    a.name = in.str(), a.content_type = in.str();
    one.attachment_index.push_back(&a);
  }
  m.parts = one.part_index.data(), m.part_count = one.part_index.size();
  m.attachments = one.attachment_index.data(), m.attachment_count = one.attachment_index.size();
  return in.ok();
}

bool ReadMessages::read(WireReader& in, std::uint32_t count) {
  if (static_cast<std::uint64_t>(count) * kMessageFixed > in.left()) return false;
  all_.resize(count);
  for (One& one : all_) {
    if (!read_one(in, one)) return false;
    index_.push_back(&one.message);
  }
  return true;
}

void put(WireWriter& out, const messo_reference* const* references, std::size_t count) {
  std::uint32_t whole = 0;
  for (std::size_t i = 0; references != nullptr && i < count && whole < kMostReferences; ++i) {
    if (references[i] != nullptr && MESSO_HAS(references[i], messo_reference, value)) ++whole;
  }
  out.number(whole);
  for (std::size_t i = 0; whole > 0; ++i) {
    if (references[i] == nullptr || !MESSO_HAS(references[i], messo_reference, value)) continue;
    out.number(references[i]->part), out.text(clipped(references[i]->kind)), out.text(clipped(references[i]->value));
    --whole;
  }
}

bool ReadReferences::read(WireReader& in) {
  const auto count = in.count(kReferenceFixed);
  if (count > kMostReferences) return false;
  all_.assign(count, {});
  index_.clear();
  for (messo_reference& one : all_) {
    one.struct_size = sizeof one;
    one.part = in.number<std::uint32_t>();
    one.kind = in.str(), one.value = in.str();
    index_.push_back(&one);
  }
  return in.ok();
}

void put(WireWriter& out, const messo_outcome& o) {
  out.number(o.kind), out.number(o.scope), out.number(o.flags);
  out.id(o.attempt);
  out.number(o.retry_after_ms);
  out.text(clipped(o.code)), out.text(clipped(o.public_text)), out.text(clipped(o.private_text));
  put(out, o.references, o.reference_count);
}

bool ReadOutcome::read(WireReader& in) {
  messo_outcome& o = outcome_;
  o.struct_size = sizeof o;
  o.kind = in.number<std::uint32_t>(), o.scope = in.number<std::uint32_t>(), o.flags = in.number<std::uint32_t>();
  o.attempt = in.id();
  o.retry_after_ms = in.number<std::int64_t>();
  o.code = in.str(), o.public_text = in.str(), o.private_text = in.str();
  if (!references_.read(in)) return false;
  o.references = references_.data(), o.reference_count = references_.size();
  return true;
}

void put(WireWriter& out, const messo_receipt& r) {
  out.number(r.kind), out.number(r.milestone), out.number(r.verification), out.number(r.at_ms);
  out.text(clipped(r.dedupe_key)), out.text(clipped(r.code)), out.text(clipped(r.public_text)), out.text(r.raw);
  put(out, r.references, r.reference_count);
  out.number(MESSO_HAS(&r, messo_receipt, scope) ? r.scope : std::uint32_t{MESSO_SCOPE_MESSAGE});
  const bool learns = MESSO_HAS(&r, messo_receipt, learned_count);
  put(out, learns ? r.learned : nullptr, learns ? r.learned_count : 0);
}

bool ReadReceipts::read(WireReader& in) {
  const auto count = in.count(kReceiptFixed);
  if (count > kMostReceipts) return false;
  all_.assign(count, {});
  references_.assign(count, {});
  learned_.assign(count, {});
  index_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    messo_receipt& r = all_[i];
    r.struct_size = sizeof r;
    r.kind = in.number<std::uint32_t>(), r.milestone = in.number<std::uint32_t>(), r.verification = in.number<std::uint32_t>();
    r.at_ms = in.number<std::int64_t>();
    r.dedupe_key = in.str(), r.code = in.str(), r.public_text = in.str(), r.raw = in.str();
    if (!references_[i].read(in)) return false;
    r.references = references_[i].data(), r.reference_count = references_[i].size();
    r.scope = in.number<std::uint32_t>();
    if (!learned_[i].read(in)) return false;
    r.learned = learned_[i].data(), r.learned_count = learned_[i].size();
    index_.push_back(&r);
  }
  return true;
}

void put_receipts(WireWriter& out, const messo_receipt* const* receipts, std::size_t count) {
  std::uint32_t whole = 0;
  const auto fit = [](const messo_receipt* one) { return one != nullptr && MESSO_HAS(one, messo_receipt, reference_count); };
  for (std::size_t i = 0; receipts != nullptr && i < count && whole < kMostReceipts; ++i) whole += fit(receipts[i]) ? 1 : 0;
  out.number(whole);
  for (std::size_t i = 0; whole > 0; ++i) {
    if (!fit(receipts[i])) continue;
    put(out, *receipts[i]);
    --whole;
  }
}

// The item's own bytes are wanted only where nothing else keeps them: originals of receipts are the same bytes.
messo_str raw_to_send(const messo_poll_item& item) {
  if (item.failed != 0) return item.raw;
  for (std::size_t i = 0; item.receipts != nullptr && i < item.receipt_count; ++i) {
    if (item.receipts[i] != nullptr && MESSO_HAS(item.receipts[i], messo_receipt, raw) && item.receipts[i]->raw.len > 0) return {};
  }
  return item.receipt_count > 0 ? item.raw : messo_str{};
}

void put(WireWriter& out, const messo_poll_item& item) {
  out.number(item.failed);
  out.text(clipped(item.id)), out.text(clipped(item.code)), out.text(clipped(item.problem)), out.text(raw_to_send(item));
  put_receipts(out, item.receipts, item.receipt_count);
}

bool ReadItem::read(WireReader& in) {
  item_.struct_size = sizeof item_;
  item_.failed = in.number<std::uint32_t>();
  item_.id = in.str(), item_.code = in.str(), item_.problem = in.str(), item_.raw = in.str();
  if (!receipts_.read(in)) return false;
  item_.receipts = receipts_.data(), item_.receipt_count = receipts_.size();
  return in.ok();
}

}  // namespace messo::isolation
