// Text for people on a terminal: aligned tables, columns counted as they are seen. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace messo::cli {

// Columns a text takes on a terminal: combining marks none, East Asian wide characters and emoji two; bytes that are no UTF-8 one each.
std::size_t display_width(std::string_view text);
// On one line and harmless to a terminal: control characters become spaces.
std::string plain(std::string_view text);
// At most `width` columns, the last one "…" when something was cut.
std::string clip(std::string_view text, std::size_t width);

class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  // As many cells as there are headings; each is made plain.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  // Headings and rows, columns two spaces apart, nothing after the last one. Columns that are empty throughout are left out.
  std::string to_text() const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

// "2026-11-22 10:00:03" in the local zone; the text itself when it is no instant.
std::string local_time(std::string_view rfc3339);
// "3 min", "2 h", "just now": how long ago, for a table.
std::string age(Instant then, Instant now);
// "1.5 GiB".
std::string short_size(std::uint64_t bytes);

}  // namespace messo::cli
