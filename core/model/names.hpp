// A table of wire names for an enum: the one place where each name is written.
#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace messo::names {

template <class E>
using Row = std::pair<E, std::string_view>;

template <class E>
constexpr std::string_view name_of(std::span<const Row<E>> table, E value) {
  for (const auto& [v, name] : table) {
    if (v == value) return name;
  }
  return "?";
}
template <class E>
constexpr std::optional<E> value_of(std::span<const Row<E>> table, std::string_view name) {
  for (const auto& [v, n] : table) {
    if (n == name) return v;
  }
  return {};
}

}  // namespace messo::names
