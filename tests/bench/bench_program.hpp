// What the programs of `./dev bench NAME` have in common: words of the command line, figures printed, errors told.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

namespace messo::test {

// A word that stands alone sets true; the others are followed by a number.
using BenchWords = std::map<std::string_view, std::variant<bool*, std::size_t*>>;

// Throws std::invalid_argument with `usage` at any other word.
inline void read_bench_words(int count, char** words, const BenchWords& known, const char* usage) {
  for (int i = 1; i < count; ++i) {
    const auto word = known.find(words[i]);
    if (word == known.end()) throw std::invalid_argument(usage);
    if (auto* const* set = std::get_if<bool*>(&word->second))
      **set = true;
    else
      *std::get<std::size_t*>(word->second) = std::strtoul(i + 1 < count ? words[++i] : "0", nullptr, 10);
  }
}

inline void print_figures(const nlohmann::json& figures, bool as_json) {
  if (as_json) {
    std::printf("%s\n", figures.dump().c_str());
    return;
  }
  for (const auto& [name, value] : figures.items()) std::printf("%-34s %s\n", name.c_str(), value.dump().c_str());
}

// What main() returns.
template <class Measure>
int run_bench(Measure&& measure) {
  try {
    measure();
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}

}  // namespace messo::test
