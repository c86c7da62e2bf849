#include "base/uuid.hpp"

#include <pthread.h>

#include <algorithm>

#include "base/guarded.hpp"
#include "base/hash.hpp"

namespace messo {
namespace {

// Time and counter of the last id, so that ids of one process never go back (RFC 9562 §6.2, method 1).
struct Sequence {
  std::uint64_t ms = 0;
  std::uint16_t counter = 0;
};

// Random bytes for time-ordered ids, of which every message takes several: drawn sixty-four ids at a time, because a draw of eight bytes
// costs a microsecond. Unguessable all the same; after a fork the child draws its own.
struct RandomStock {
  std::array<std::uint8_t, 512> bytes;
  std::size_t taken = sizeof bytes;
};
thread_local RandomStock random_stock;

void take_random(std::span<std::uint8_t> out) {
  static const int forgets_in_child = pthread_atfork(nullptr, nullptr, [] { random_stock.taken = sizeof random_stock.bytes; });
  if (forgets_in_child != 0) return random_bytes(out);
  auto& stock = random_stock;
  if (stock.taken + out.size() > stock.bytes.size()) {
    random_bytes(stock.bytes);
    stock.taken = 0;
  }
  std::copy_n(stock.bytes.begin() + stock.taken, out.size(), out.begin());
  stock.taken += out.size();
}

}  // namespace

std::string Uuid::to_string() const {
  const std::string hex = to_hex(view());
  std::string out;
  out.reserve(36);
  out.append(hex, 0, 8)
      .append("-")
      .append(hex, 8, 4)
      .append("-")
      .append(hex, 12, 4)
      .append("-")
      .append(hex, 16, 4)
      .append("-")
      .append(hex, 20, 12);
  return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return {};
  std::string hex;
  hex.reserve(32);
  std::copy_if(text.begin(), text.end(), std::back_inserter(hex), [](char c) { return c != '-'; });
  if (hex.size() != 32) return {};
  const auto raw = from_hex(hex);
  return raw ? from_bytes(*raw) : std::nullopt;
}

std::optional<Uuid> Uuid::from_bytes(std::string_view raw) {
  if (raw.size() != 16) return {};
  Uuid id;
  std::memcpy(id.bytes.data(), raw.data(), 16);
  return id;
}

Uuid make_uuid_v7(Instant now) {
  static Guarded<Sequence> last;  // process-wide on purpose: ids must rise across all users
  Uuid id;
  take_random(std::span(id.bytes).subspan(8));
  const auto wall = static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_unix_ms(now)));
  const Sequence mine = last.with([&](Sequence& s) {
    if (wall > s.ms) {
      s = {wall, 0};
    } else if (++s.counter == 0x1000) {  // 12 bits used up within one millisecond: borrow the next one
      s = {s.ms + 1, 0};
    }
    return s;
  });
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(mine.ms >> (40 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | mine.counter >> 8);
  id.bytes[7] = static_cast<std::uint8_t>(mine.counter);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

Uuid make_uuid_v4() {
  Uuid id;
  random_bytes(id.bytes);
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

}  // namespace messo
