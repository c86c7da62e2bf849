#include "config/problems.hpp"

#include <algorithm>

namespace messo {
namespace {

// Optimal string alignment distance: insert, delete, replace, swap neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::string unescaped(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool escape = name[i] == '~' && i + 1 < name.size();
    out += escape ? (name[++i] == '1' ? '/' : '~') : name[i];
  }
  return out;
}

}  // namespace

std::string escape_pointer(std::string_view name) {
  std::string out;
  for (const char c : name) c == '~' ? out += "~0" : c == '/' ? out += "~1" : out += c;
  return out;
}

std::string to_toml_key(std::string_view pointer) {
  std::string out;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    const std::string name = unescaped(pointer.substr(0, end));
    pointer.remove_prefix(end);
    const bool index = !name.empty() && name.size() < 9 && name.find_first_not_of("0123456789") == std::string::npos;
    if (index && !out.empty()) {
      out += '[' + std::to_string(std::stoul(name) + 1) + ']';
    } else {
      out += (out.empty() ? "" : ".") + name;
    }
  }
  return out;
}

std::string to_line(const Problem& problem) {
  std::string out = problem.file;
  if (problem.line > 0) out += ':' + std::to_string(problem.line);
  if (!out.empty()) out += ": ";
  if (!problem.pointer.empty()) out += to_toml_key(problem.pointer) + ": ";
  return out + problem.message;
}

std::string to_text(const Problems& problems) {
  std::vector<const Problem*> ordered;
  ordered.reserve(problems.size());
  for (const Problem& problem : problems) ordered.push_back(&problem);
  std::ranges::stable_sort(ordered, {}, [](const Problem* p) { return p->line; });
  std::string out;
  for (const Problem* problem : ordered) {
    if (!out.empty()) out += '\n';
    out += to_line(*problem);
  }
  return out;
}

Error to_error(const Problems& problems) {
  Error error{ErrorKind::invalid, "bad_configuration", to_text(problems), {}, {}, {}};
  error.fields.reserve(problems.size());
  for (const Problem& problem : problems) error.fields.push_back({problem.pointer, problem.message});
  return error;
}

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known) {
  constexpr std::size_t kLongestWord = 64;  // bounds the work on hostile input
  if (word.size() > kLongestWord) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t d = distance(word, candidate);
    if (d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace messo
