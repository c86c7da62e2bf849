// UUIDs and strong id types.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace messo {

// 16 bytes in network order. Text form: lower-case RFC 9562 §4 ("0190f3c2-....").
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;
  bool is_nil() const { return *this == Uuid{}; }
  std::string to_string() const;
  static std::optional<Uuid> parse(std::string_view text);
  // The 16 raw bytes, e.g. out of a database; nullopt on another length.
  static std::optional<Uuid> from_bytes(std::string_view raw);
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

// UUIDv7 (RFC 9562 §5.7): time-ordered, so that indexes are appended to; strictly increasing within the process. Thread-safe.
Uuid make_uuid_v7(Instant now);
// UUIDv4: for what must not tell its time.
Uuid make_uuid_v4();

// An id that cannot be mistaken for another kind of id.
template <class Tag>
struct Id {
  Uuid value{};

  auto operator<=>(const Id&) const = default;
  bool is_nil() const { return value.is_nil(); }
  std::string to_string() const { return value.to_string(); }
  static std::optional<Id> parse(std::string_view text) {
    if (auto uuid = Uuid::parse(text)) return Id{*uuid};
    return {};
  }
  static Id make(Instant now) { return Id{make_uuid_v7(now)}; }
};

}  // namespace messo

template <>
struct std::hash<messo::Uuid> {
  std::size_t operator()(const messo::Uuid& id) const noexcept {
    std::uint64_t low = 0;
    std::memcpy(&low, id.bytes.data() + 8, 8);
    return static_cast<std::size_t>(low);
  }
};
template <class Tag>
struct std::hash<messo::Id<Tag>> {
  std::size_t operator()(const messo::Id<Tag>& id) const noexcept { return std::hash<messo::Uuid>{}(id.value); }
};
