// How plugins read words and times from a configuration that its schema has validated, and say what is wrong with it all the same.
#pragma once
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/result.hpp"
#include "mail/smtp_settings.hpp"
#include "messo_channel.hpp"

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

// The error of one field: `field` as in the configuration ("host", "mailbox.host"). Kind invalid, code "bad_config".
tl::unexpected<Error> wrong_field(std::string_view field, std::string_view remedy);

// What was read. Throws plugin::ConfigError with the error's sentence.
template <class T>
T or_config_error(Result<T> read) {
  if (!read) throw plugin::ConfigError(read.error().message);
  return std::move(*read);
}

}  // namespace messo::mail
