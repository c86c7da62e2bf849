// How plugins that speak mail read words and times from a configuration that its schema has validated.
#pragma once
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "mail/smtp_settings.hpp"

namespace messo::mail {

inline constexpr std::array kTlsModes{std::pair{"none", TlsMode::none}, std::pair{"starttls", TlsMode::starttls},
                                      std::pair{"implicit", TlsMode::implicit}};

// The value of a word in `table`; another word, or none, leaves `into` as it is.
template <class T, std::size_t n>
void read_word(const nlohmann::json& tree, const char* key, const std::array<std::pair<const char*, T>, n>& table, T& into) {
  const auto word = tree.value(key, std::string{});
  for (const auto& [name, value] : table) {
    if (word == name) into = value;
  }
}

template <class Duration>
void read_seconds(const nlohmann::json& tree, const char* key, Duration& into) {
  if (const auto found = tree.find(key); found != tree.end()) into = std::chrono::seconds(found->template get<std::int64_t>());
}

}  // namespace messo::mail
