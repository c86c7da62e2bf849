// The TOML of a description as a tree with the line of every key, and the reader that names every mistake. Pure.
#pragma once
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace messo::sms_http {

struct DescriptionSource {
  nlohmann::json root = nlohmann::json::object();
  std::map<std::string, std::string> places;  // JSON pointer -> "file:line"
};

// Error: not TOML, over 64 KiB, or tables nested over 16 deep.
Result<DescriptionSource> parse_description(std::string_view toml, const std::string& name);
// `own` laid over `base`: its keys replace those of the same name, tables are merged.
DescriptionSource laid_over(const DescriptionSource& base, const DescriptionSource& own);

class Mistakes {
 public:
  explicit Mistakes(const DescriptionSource& source, std::string name) : source_(source), name_(std::move(name)) {}
  void add(const std::string& pointer, const std::string& sentence);
  bool none() const { return count_ == 0; }
  Error error() const;

 private:
  const DescriptionSource& source_;
  std::string name_, text_;
  unsigned count_ = 0;
};

// One table; every getter remembers its key, so that done() can name those nobody asked for. Wrong types are mistakes; the getter then
// returns its default.
class TableReader {
 public:
  TableReader(const nlohmann::json& table, std::string pointer, Mistakes& mistakes);

  bool has(const std::string& key);
  std::string text(const std::string& key, std::string standard = {});
  std::string needed_text(const std::string& key);
  std::int64_t integer(const std::string& key, std::int64_t least, std::int64_t most, std::int64_t standard);
  bool truth(const std::string& key, bool standard);
  std::vector<std::string> texts(const std::string& key);  // a text counts as a list of one; integers become texts
  // Calls read(TableReader&) when the key is there; each() for every table of a list.
  bool table(const std::string& key, const std::function<void(TableReader&)>& read);
  void each(const std::string& key, const std::function<void(TableReader&)>& read);
  // Every key of this table with its text.
  std::vector<std::pair<std::string, std::string>> all_texts();
  std::vector<std::string> keys() const;

  template <class T>
  T word(const std::string& key, const std::vector<std::pair<std::string_view, T>>& words, T standard) {
    if (!has(key)) return standard;
    const auto written = text(key);
    std::string known;
    for (const auto& [name, value] : words) {
      if (name == written) return value;
      known += (known.empty() ? "\"" : ", \"") + std::string(name) + "\"";
    }
    wrong(key, "write one of " + known);
    return standard;
  }

  void wrong(const std::string& key, const std::string& sentence) {
    mistakes_.add(key.empty() ? pointer_ : pointer_ + "/" + key, sentence);
  }
  const nlohmann::json* raw(const std::string& key);
  void done();  // keys nobody asked for are mistakes

 private:
  const nlohmann::json& table_;
  std::string pointer_;
  Mistakes& mistakes_;
  std::set<std::string> known_;
};

}  // namespace messo::sms_http
