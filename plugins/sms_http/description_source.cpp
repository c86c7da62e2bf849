#include "sms_http/description_source.hpp"

#include "base/toml.hpp"

namespace messo::sms_http {
namespace {

constexpr std::size_t kLargestDescription = 64 << 10;
constexpr unsigned kDeepest = 16, kMostMistakes = 5;

std::string pointer_key(std::string_view key) {
  std::string out;
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

class TomlTree {
 public:
  TomlTree(DescriptionSource& source, const std::string& name) : source_(source), name_(name) {}

  // False: nested too deep. Bounded by kDeepest.
  bool convert(const toml::node& node, const std::string& pointer, nlohmann::json& into, unsigned depth) {
    if (depth > kDeepest) return false;
    source_.places.try_emplace(pointer, name_ + ":" + std::to_string(node.source().begin.line));
    if (const auto* table = node.as_table()) {
      into = nlohmann::json::object();
      for (const auto& [key, value] : *table) {
        const auto child = pointer + "/" + pointer_key(key.str());
        source_.places[child] = name_ + ":" + std::to_string(key.source().begin.line);
        if (!convert(value, child, into[std::string(key.str())], depth + 1)) return false;
      }
    } else if (const auto* array = node.as_array()) {
      into = nlohmann::json::array();
      std::size_t index = 0;
      for (const auto& element : *array) {
        nlohmann::json one;
        if (!convert(element, pointer + "/" + std::to_string(index++), one, depth + 1)) return false;
        into.push_back(std::move(one));
      }
    } else if (const auto* text = node.as_string()) {
      into = text->get();
    } else if (const auto* integer = node.as_integer()) {
      into = integer->get();
    } else if (const auto* boolean = node.as_boolean()) {
      into = boolean->get();
    }  // other types stay null: nothing in a description takes them
    return true;
  }

 private:
  DescriptionSource& source_;
  const std::string& name_;
};

tl::unexpected<Error> no_description(std::string sentence) { return fail(ErrorKind::invalid, "bad_description", std::move(sentence)); }

}  // namespace

Result<DescriptionSource> parse_description(std::string_view toml, const std::string& name) {
  if (toml.size() > kLargestDescription) return no_description(name + ": is over 64 KiB: this cannot be a gateway's description");
  DescriptionSource source;
  try {
    const toml::table table = toml::parse(toml, name);
    if (!TomlTree(source, name).convert(table, "", source.root, 0))
      return no_description(name + ": tables and lists are nested over 16 deep");
  } catch (const toml::parse_error& error) {
    return no_description(name + ":" + std::to_string(error.source().begin.line) +
                          ": this is not TOML: " + std::string(error.description()));
  }
  return source;
}

DescriptionSource laid_over(const DescriptionSource& base, const DescriptionSource& own) {
  DescriptionSource out = base;
  out.root.merge_patch(own.root);
  for (const auto& [pointer, place] : own.places) out.places[pointer] = place;
  return out;
}

void Mistakes::add(const std::string& pointer, const std::string& sentence) {
  if (++count_ > kMostMistakes) return;
  std::string_view around = pointer;
  auto at = source_.places.find(std::string(around));
  while (at == source_.places.end() && around.rfind('/') != std::string_view::npos) {
    around = around.substr(0, around.rfind('/'));
    at = source_.places.find(std::string(around));
  }
  std::string key;
  for (const char c : std::string_view(pointer).substr(pointer.empty() ? 0 : 1)) key += c == '/' ? '.' : c;
  if (!text_.empty()) text_ += "; ";
  text_ += (at == source_.places.end() || pointer.empty() ? name_ : at->second) + ": " + (key.empty() ? "" : key + ": ") + sentence;
}

Error Mistakes::error() const {
  const auto more = count_ > kMostMistakes ? "; and " + std::to_string(count_ - kMostMistakes) + " more" : std::string();
  return Error{ErrorKind::invalid, "bad_description", text_ + more};
}

TableReader::TableReader(const nlohmann::json& table, std::string pointer, Mistakes& mistakes)
    : table_(table), pointer_(std::move(pointer)), mistakes_(mistakes) {}

const nlohmann::json* TableReader::raw(const std::string& key) {
  known_.insert(key);
  const auto at = table_.find(key);
  return at == table_.end() ? nullptr : &*at;
}

bool TableReader::has(const std::string& key) { return raw(key) != nullptr; }

std::string TableReader::text(const std::string& key, std::string standard) {
  const auto* value = raw(key);
  if (value == nullptr) return standard;
  if (value->is_string()) return value->get<std::string>();
  wrong(key, "write a text, in quotes");
  return standard;
}

std::string TableReader::needed_text(const std::string& key) {
  auto out = text(key);
  if (out.empty()) wrong(key, "is needed");
  return out;
}

std::int64_t TableReader::integer(const std::string& key, std::int64_t least, std::int64_t most, std::int64_t standard) {
  const auto* value = raw(key);
  if (value == nullptr) return standard;
  if (value->is_number_integer() && value->get<std::int64_t>() >= least && value->get<std::int64_t>() <= most)
    return value->get<std::int64_t>();
  wrong(key, "write a number from " + std::to_string(least) + " to " + std::to_string(most));
  return standard;
}

bool TableReader::truth(const std::string& key, bool standard) {
  const auto* value = raw(key);
  if (value == nullptr) return standard;
  if (value->is_boolean()) return value->get<bool>();
  wrong(key, "write true or false");
  return standard;
}

std::vector<std::string> TableReader::texts(const std::string& key) {
  const auto* value = raw(key);
  std::vector<std::string> out;
  if (value == nullptr) return out;
  const auto add = [&](const nlohmann::json& one) {
    if (one.is_string()) {
      out.push_back(one.get<std::string>());
    } else if (one.is_number_integer()) {
      out.push_back(std::to_string(one.get<std::int64_t>()));
    } else {
      wrong(key, "write a list of texts");
    }
  };
  if (value->is_array()) {
    for (const auto& one : *value) add(one);
  } else {
    add(*value);
  }
  return out;
}

bool TableReader::table(const std::string& key, const std::function<void(TableReader&)>& read) {
  const auto* value = raw(key);
  if (value == nullptr) return false;
  if (!value->is_object()) {
    wrong(key, "must be a table: write [" + key + "]");
    return false;
  }
  TableReader inner(*value, pointer_ + "/" + key, mistakes_);
  read(inner);
  inner.done();
  return true;
}

void TableReader::each(const std::string& key, const std::function<void(TableReader&)>& read) {
  const auto* value = raw(key);
  if (value == nullptr) return;
  if (!value->is_array()) return wrong(key, "must be a list of tables: write [[" + key + "]]");
  std::size_t index = 0;
  for (const auto& one : *value) {
    const auto place = pointer_ + "/" + key + "/" + std::to_string(index++);
    if (!one.is_object()) {
      mistakes_.add(place, "must be a table");
      continue;
    }
    TableReader inner(one, place, mistakes_);
    read(inner);
    inner.done();
  }
}

std::vector<std::string> TableReader::keys() const {
  std::vector<std::string> out;
  for (const auto& [key, value] : table_.items()) out.push_back(key);
  return out;
}

std::vector<std::pair<std::string, std::string>> TableReader::all_texts() {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& key : keys()) out.emplace_back(key, text(key));
  return out;
}

void TableReader::done() {
  std::string known;
  for (const auto& key : known_) known += (known.empty() ? "" : ", ") + key;
  for (const auto& key : keys()) {
    if (!known_.contains(key)) wrong(pointer_key(key), "is not known here; known are: " + known);
  }
}

}  // namespace messo::sms_http
