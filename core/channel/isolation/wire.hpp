// Values as bytes between the hub and a plugin's process: fixed widths, this machine's order, text with its length. Pure.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "channel/sdk/messo_channel.h"

namespace messo::isolation {

class WireWriter {
 public:
  explicit WireWriter(std::string& to) : to_(to) {}

  template <class T>
  void number(T value) {
    static_assert(std::is_integral_v<T>);
    to_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    to_.append(value);
  }
  void text(messo_str value) { text(value.ptr == nullptr ? std::string_view{} : std::string_view{value.ptr, value.len}); }
  void raw(std::string_view value) { to_.append(value); }
  void id(const messo_id& value) { to_.append(reinterpret_cast<const char*>(value.bytes), sizeof value.bytes); }

 private:
  std::string& to_;
};

// Never reads beyond its bytes: once something did not fit, ok() is false and every value is empty.
class WireReader {
 public:
  explicit WireReader(std::string_view from) : left_(from) {}

  bool ok() const { return ok_; }
  // Everything was read and nothing is left over.
  bool complete() const { return ok_ && left_.empty(); }
  std::size_t left() const { return left_.size(); }

  template <class T>
  T number() {
    static_assert(std::is_integral_v<T>);
    T value{};
    if (take(sizeof value)) std::memcpy(&value, taken_, sizeof value);
    return value;
  }
  std::string_view text() {
    const auto length = number<std::uint32_t>();
    return take(length) ? std::string_view(taken_, length) : std::string_view{};
  }
  messo_str str() {
    const auto value = text();
    return {value.data(), value.size()};
  }
  messo_id id() {
    messo_id value{};
    if (take(sizeof value.bytes)) std::memcpy(value.bytes, taken_, sizeof value.bytes);
    return value;
  }
  // A count of things of at least `each` bytes: one that cannot be true fails instead of being reserved for.
  std::uint32_t count(std::size_t each) {
    const auto value = number<std::uint32_t>();
    if (static_cast<std::uint64_t>(value) * each > left_.size()) ok_ = false;
    return ok_ ? value : 0;
  }
  std::string_view rest() {
    const auto value = left_;
    left_ = {};
    return value;
  }

 private:
  bool take(std::size_t length) {
    if (!ok_ || length > left_.size()) return ok_ = false;
    taken_ = left_.data();
    left_.remove_prefix(length);
    return true;
  }

  std::string_view left_;
  const char* taken_ = nullptr;
  bool ok_ = true;
};

}  // namespace messo::isolation
