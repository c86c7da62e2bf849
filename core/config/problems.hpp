// What is wrong with a configuration: all of it at once, each with its place. Pure.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace messo {

// One mistake. `pointer` is its JSON pointer (RFC 6901: "/store/cache", "/provider/0/plugin"), empty for the document as a whole.
struct Problem {
  std::string file;        // empty for what came over HTTP
  std::uint32_t line = 0;  // from 1; 0: not known
  std::string pointer;
  std::string message;  // what is wrong and what would be right; never a secret's value
};

using Problems = std::vector<Problem>;

// "messo.toml:12: store.cahce: there is no such key; did you mean \"cache\"?"
std::string to_line(const Problem& problem);
// One line each, in file order.
std::string to_text(const Problems& problems);
// invalid, "bad_configuration": the message holds every line, `fields` one entry per problem, by pointer.
Error to_error(const Problems& problems);

// A key as one token of a JSON pointer (RFC 6901 §3).
std::string escape_pointer(std::string_view name);
// "/provider/1/config/host" -> "provider[2].config.host": as people see it, lists counted from 1.
std::string to_toml_key(std::string_view pointer);

// The known word nearest to `word` (edit distance with swapped neighbours, at most a third of the letters), or "" when none is near.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known);

}  // namespace messo
