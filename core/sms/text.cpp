#include "sms/text.hpp"

#include <algorithm>
#include <span>
#include <unordered_set>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "sms/alphabet.hpp"
#include "sms/transliteration.hpp"

namespace messo::sms {
namespace {

constexpr std::size_t kMostNamed = 10;  // characters in a sentence

// Calls visit(CodePoint) for each character; bytes that are no UTF-8 as U+FFFD each.
template <class Visit>
void for_each_character(std::string_view text, Visit visit) {
  for (std::size_t at = 0; at < text.size();) {
    auto character = code_point_at(text, at);
    if (character.length == 0) character = {kReplacementCharacter, 1};
    visit(character, at);
    at += character.length;
  }
}

std::string to_well_formed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for_each_character(text, [&](CodePoint character, std::size_t) { append_utf8(out, character.value); });
  return out;
}

unsigned utf16_units(char32_t character) { return character > 0xFFFF ? 2 : 1; }

// Each character once, in order.
class Distinct {
 public:
  void add(char32_t character) {
    if (!seen_.insert(character).second) return;
    append_utf8(list_.emplace_back(), character);
  }
  std::vector<std::string> take() { return std::move(list_); }

 private:
  std::unordered_set<char32_t> seen_;
  std::vector<std::string> list_;
};

std::vector<std::string> find_beyond_gsm(std::string_view text) {
  Distinct out;
  for_each_character(text, [&](CodePoint character, std::size_t) {
    if (!to_gsm(character.value)) out.add(character.value);
  });
  return out.take();
}

struct Transliterated {
  std::string text;
  std::vector<Change> changed;
  std::vector<std::string> without;  // characters nothing stands for; then `text` and `changed` are of no use
};

void count_change(std::vector<Change>& changed, std::string_view from, std::string_view to) {
  const auto known = std::ranges::find(changed, from, &Change::from);
  if (known != changed.end()) {
    ++known->count;
  } else {
    changed.push_back({std::string(from), std::string(to), 1});
  }
}

Transliterated transliterate(std::string_view text) {
  Transliterated out;
  Distinct without;
  for (std::size_t at = 0; at < text.size();) {
    const auto character = code_point_at(text, at);
    const auto replacement = find_replacement(text, at);
    if (replacement.length != 0) {
      count_change(out.changed, text.substr(at, replacement.length), replacement.to);
      out.text += replacement.to;
      at += replacement.length;
      continue;
    }
    if (!to_gsm(character.value)) without.add(character.value);
    out.text += text.substr(at, character.length);
    at += character.length;
  }
  out.without = without.take();
  return out;
}

// Fills one part after the other with what may not be torn apart.
class PartFiller {
 public:
  explicit PartFiller(unsigned room) : room_(room) {}
  // True when a new part begins with these units.
  bool add(unsigned units) {
    total_ += units;
    used_ += units;
    if (used_ <= room_) return false;
    used_ = units;
    ++parts_;
    return true;
  }
  unsigned total() const { return total_; }
  unsigned parts() const { return parts_; }

 private:
  unsigned room_, used_ = 0, total_ = 0, parts_ = 1;
};

void count_segments(Measured& out, Reference reference) {
  PartFiller filler(part_units(out.encoding, reference));
  for_each_character(out.text, [&](CodePoint character, std::size_t) {
    filler.add(out.encoding == Encoding::gsm7 ? to_gsm(character.value)->units() : utf16_units(character.value));
  });
  out.units = filler.total();
  out.segments = out.units <= single_units(out.encoding) ? 1 : filler.parts();
}

struct Encoded {
  Encoding encoding = Encoding::gsm7;
  std::string units;                 // as in Part, of the whole text
  std::vector<unsigned char> sizes;  // octets of each character: what may not be torn apart
};

bool encode_gsm7(std::string_view text, Encoded& out) {
  bool complete = true;
  for_each_character(text, [&](CodePoint character, std::size_t) {
    const auto gsm = to_gsm(character.value);
    if (!gsm) {
      complete = false;
      return;
    }
    if (gsm->extended) out.units += static_cast<char>(kEscape);
    out.units += static_cast<char>(gsm->septet);
    out.sizes.push_back(static_cast<unsigned char>(gsm->units()));
  });
  return complete;
}

void append_utf16be(std::string& out, char32_t unit) {
  out += static_cast<char>((unit >> 8) & 0xFF);
  out += static_cast<char>(unit & 0xFF);
}

Encoded encode(std::string_view text) {
  Encoded out;
  out.units.reserve(text.size());
  out.sizes.reserve(text.size());
  if (encode_gsm7(text, out)) return out;
  out = {.encoding = Encoding::ucs2, .units = {}, .sizes = {}};
  for_each_character(text, [&](CodePoint character, std::size_t) {
    out.sizes.push_back(static_cast<unsigned char>(2 * utf16_units(character.value)));
    if (character.value <= 0xFFFF) return append_utf16be(out.units, character.value);
    const char32_t beyond = character.value - 0x10000;
    append_utf16be(out.units, 0xD800 + (beyond >> 10));
    append_utf16be(out.units, 0xDC00 + (beyond & 0x3FF));
  });
  return out;
}

}  // namespace

std::string_view to_string(Encoding encoding) { return encoding == Encoding::gsm7 ? "gsm7" : "ucs2"; }

std::string_view to_string(Policy policy) {
  switch (policy) {
    case Policy::gsm_only: return "gsm-only";
    case Policy::transliterate: return "transliterate";
    case Policy::unicode: break;
  }
  return "unicode";
}

std::optional<Policy> parse_policy(std::string_view name) {
  for (const auto policy : {Policy::gsm_only, Policy::transliterate, Policy::unicode}) {
    if (name == to_string(policy)) return policy;
  }
  return {};
}

unsigned single_units(Encoding encoding) { return encoding == Encoding::gsm7 ? 160 : 70; }

unsigned part_units(Encoding encoding, Reference reference) {
  const bool eight = reference == Reference::eight_bits;
  return encoding == Encoding::gsm7 ? (eight ? 153 : 152) : (eight ? 67 : 66);
}

Measured measure(std::string_view utf8, Policy policy, Reference reference) {
  Measured out;
  out.text = to_well_formed(utf8);
  out.forced_by = find_beyond_gsm(out.text);
  if (policy == Policy::transliterate && !out.forced_by.empty()) {
    auto written = transliterate(out.text);
    out.forced_by = std::move(written.without);
    if (out.forced_by.empty()) {
      out.text = std::move(written.text);
      out.changed = std::move(written.changed);
    }
  }
  out.encoding = out.forced_by.empty() ? Encoding::gsm7 : Encoding::ucs2;
  count_segments(out, reference);
  return out;
}

std::string name_forcing(const Measured& measured) {
  const auto named = std::span(measured.forced_by).first(std::min(measured.forced_by.size(), kMostNamed));
  return fmt::format("{}{}", fmt::join(named, " "), named.size() < measured.forced_by.size() ? " ..." : "");
}

Status check(const Measured& measured, Policy policy, unsigned most_segments) {
  if (policy == Policy::gsm_only && measured.encoding != Encoding::gsm7) {
    return fail(ErrorKind::invalid, "sms_not_gsm",
                fmt::format("the SMS has characters outside the GSM alphabet ({}), which the policy \"gsm-only\" does not allow",
                            name_forcing(measured)));
  }
  most_segments = std::min(most_segments, kMostParts);
  if (measured.segments > most_segments) {
    return fail(ErrorKind::too_large, "sms_too_long",
                fmt::format("the SMS takes {} segments ({}, {} units), more than the {} allowed", measured.segments,
                            to_string(measured.encoding), measured.units, most_segments));
  }
  return {};
}

Split split(std::string_view utf8, Reference reference) {
  auto encoded = encode(utf8);
  const unsigned octets_a_unit = encoded.encoding == Encoding::gsm7 ? 1 : 2;
  Split out{encoded.encoding, {}};
  if (encoded.units.size() <= octets_a_unit * single_units(encoded.encoding)) {
    out.parts.push_back({std::move(encoded.units)});
    return out;
  }
  PartFiller filler(octets_a_unit * part_units(encoded.encoding, reference));
  std::size_t begin = 0, at = 0;
  for (const auto size : encoded.sizes) {
    if (filler.add(size)) {
      out.parts.push_back({encoded.units.substr(begin, at - begin)});
      begin = at;
    }
    at += size;
  }
  out.parts.push_back({encoded.units.substr(begin)});
  return out;
}

}  // namespace messo::sms
