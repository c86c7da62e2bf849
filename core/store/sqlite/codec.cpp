#include "store/sqlite/codec.hpp"

#include <charconv>
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

// Numbers and words, each followed by one delimiter.
class PlanReader {
 public:
  explicit PlanReader(std::string_view in) : in_(in) {}
  std::uint64_t number(char end) {
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(in_.data(), in_.data() + in_.size(), value);
    good_ = good_ && error == std::errc{} && stop != in_.data() + in_.size() && *stop == end;
    if (!good_) return 0;
    in_.remove_prefix(static_cast<std::size_t>(stop - in_.data()) + 1);
    return value;
  }
  std::string_view word(std::size_t size) {
    good_ = good_ && in_.size() > size;
    if (!good_) return {};
    const std::string_view out = in_.substr(0, size);
    in_.remove_prefix(size + 1);
    return out;
  }
  std::optional<std::uint64_t> number_or_dash(char end) {
    if (!in_.starts_with('-')) return number(end);
    word(1);
    return {};
  }
  bool good() const { return good_; }
  bool finished() const { return in_.empty(); }

 private:
  std::string_view in_;
  bool good_ = true;
};

void add_number(std::string& out, std::uint64_t value, char end) {
  std::array<char, 20> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
  out += end;
}

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

std::string pack_plan(std::span<const NewStep> steps) {
  std::string out;
  out.reserve(64 * steps.size());
  for (const NewStep& step : steps) {
    add_number(out, static_cast<std::uint64_t>(step.state), ' ');
    add_number(out, step.position, ' ');
    add_number(out, static_cast<std::uint64_t>(step.spec.channel), ' ');
    add_number(out, static_cast<std::uint64_t>(step.spec.success), ' ');
    if (step.spec.wait) {
      add_number(out, static_cast<std::uint64_t>(step.spec.wait->count()), ' ');
    } else {
      out += "- ";
    }
    out.append(to_hex(step.id.value.view())).append(" ");
    add_number(out, step.spec.pool.size(), ':');
    out.append(step.spec.pool).append("\n");
  }
  return out;
}

Result<std::vector<NewStep>> unpack_plan(std::string_view text) {
  std::vector<NewStep> out;
  for (PlanReader in(text); !in.finished();) {
    NewStep step;
    step.state = static_cast<StepState>(in.number(' '));
    step.position = static_cast<std::uint32_t>(in.number(' '));
    step.spec.channel = static_cast<Channel>(in.number(' '));
    step.spec.success = static_cast<SuccessRule>(in.number(' '));
    if (const auto wait = in.number_or_dash(' ')) step.spec.wait = Seconds{static_cast<std::int64_t>(*wait)};
    const auto id = from_hex(in.word(32)).value_or("");
    step.spec.pool = in.word(in.number(':'));
    const auto uuid = Uuid::from_bytes(id);
    if (!in.good() || !uuid) return damaged();
    step.id = StepId{*uuid};
    out.push_back(std::move(step));
  }
  return out;
}

}  // namespace messo::sqlite
