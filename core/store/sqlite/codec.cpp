#include "store/sqlite/codec.hpp"

#include <cstring>

namespace messo::sqlite {
namespace {

constexpr char kVersion = 1;

class Packer {
 public:
  explicit Packer(std::size_t expected) {
    out_.reserve(expected);
    out_ += kVersion;
  }
  void number(std::uint64_t v) {  // base-128, low groups first
    while (v >= 0x80) {
      out_ += static_cast<char>(v | 0x80);
      v >>= 7;
    }
    out_ += static_cast<char>(v);
  }
  void text(std::string_view v) {
    number(v.size());
    out_ += v;
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view in) : in_(in) {
    good_ = !in_.empty() && in_.front() == kVersion;
    if (good_) in_.remove_prefix(1);
  }
  std::uint64_t number() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; good_ && shift < 64; shift += 7) {
      if (in_.empty()) break;
      const auto byte = static_cast<std::uint8_t>(in_.front());
      in_.remove_prefix(1);
      v |= std::uint64_t(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return v;
    }
    good_ = false;
    return 0;
  }
  std::string text() {
    const std::uint64_t size = number();
    if (!good_ || size > in_.size()) {
      good_ = false;
      return {};
    }
    std::string out(in_.substr(0, size));
    in_.remove_prefix(size);
    return out;
  }
  bool good() const { return good_; }
  bool finished() const { return good_ && in_.empty(); }

 private:
  std::string_view in_;
  bool good_ = false;
};

tl::unexpected<Error> damaged() { return fail(ErrorKind::corrupt, "bad_record", "A stored record is damaged; restore it from a backup."); }

}  // namespace

std::string pack_recipient(const Recipient& r) {
  Packer out(96);
  out.text(r.name);
  out.text(r.language);
  out.text(r.fiscal_code);
  out.number(r.addresses.size());
  for (const auto& [channel, address] : r.addresses) {
    out.number(static_cast<std::uint64_t>(channel));
    out.text(address);
  }
  return out.take();
}

Result<Recipient> unpack_recipient(std::string_view bytes) {
  Unpacker in(bytes);
  Recipient r;
  r.name = in.text();
  r.language = in.text();
  r.fiscal_code = in.text();
  for (std::uint64_t left = in.number(); left > 0 && in.good(); --left) {
    const auto channel = static_cast<Channel>(in.number());
    r.addresses[channel] = in.text();
  }
  if (!in.finished()) return damaged();
  return r;
}

std::string pack_attachments(const std::vector<Attachment>& attachments) {
  if (attachments.empty()) return {};
  Packer out(96 * attachments.size());
  out.number(attachments.size());
  for (const Attachment& a : attachments) {
    out.text(a.name);
    out.text(a.content_type);
    out.number(a.size);
    out.text(as_text(a.blob.digest));
  }
  return out.take();
}

Result<std::vector<Attachment>> unpack_attachments(std::string_view bytes) {
  std::vector<Attachment> out;
  if (bytes.empty()) return out;
  Unpacker in(bytes);
  for (std::uint64_t left = in.number(); left > 0 && in.good(); --left) {
    Attachment& a = out.emplace_back();
    a.name = in.text();
    a.content_type = in.text();
    a.size = in.number();
    const std::string digest = in.text();
    if (digest.size() != a.blob.digest.size()) return damaged();
    std::memcpy(a.blob.digest.data(), digest.data(), digest.size());
  }
  if (!in.finished()) return damaged();
  return out;
}

std::string pack_labels(const std::map<std::string, std::string>& labels) {
  if (labels.empty()) return {};
  Packer out(32 * labels.size());
  out.number(labels.size());
  for (const auto& [name, value] : labels) {
    out.text(name);
    out.text(value);
  }
  return out.take();
}

Result<std::map<std::string, std::string>> unpack_labels(std::string_view bytes) {
  std::map<std::string, std::string> out;
  if (bytes.empty()) return out;
  Unpacker in(bytes);
  for (std::uint64_t left = in.number(); left > 0 && in.good(); --left) {
    std::string name = in.text();
    out[std::move(name)] = in.text();
  }
  if (!in.finished()) return damaged();
  return out;
}

}  // namespace messo::sqlite
