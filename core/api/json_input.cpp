#include "api/json_input.hpp"

#include <vector>

#include "config/problems.hpp"
#include "template/escape.hpp"

namespace messo::api {
namespace {

using InputJson = nlohmann::json;

// Builds the value; says no to what another reader could understand differently.
class Builder final : public nlohmann::json_sax<InputJson> {
 public:
  explicit Builder(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return put(nullptr); }
  bool boolean(bool v) override { return put(v); }
  bool number_integer(number_integer_t v) override { return put(v); }
  bool number_unsigned(number_unsigned_t v) override { return put(v); }
  bool number_float(number_float_t v, const string_t&) override { return put(v); }
  bool string(string_t& v) override {
    if (find_control(v) == std::string::npos) return put(std::move(v));
    put(nullptr);
    return refuse("json_control", "a text must not hold control characters; remove them");
  }
  bool binary(binary_t&) override { return refuse("not_json", "The body is not JSON (RFC 8259)."); }
  bool start_object(std::size_t) override { return open(InputJson::object()); }
  bool start_array(std::size_t) override { return open(InputJson::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    key_ = std::move(name);
    if (!open_.back()->contains(key_)) return true;
    return refuse("json_duplicate", "the name \"" + key_ + "\" is there twice; keep one", "/" + escape_pointer(key_));
  }
  bool parse_error(std::size_t position, const std::string&, const InputJson::exception&) override {
    return refuse("not_json", "The body is not JSON (RFC 8259): it goes wrong at byte " + std::to_string(position) + ".");
  }

  InputJson take() { return std::move(root_); }
  const Error& error() const { return error_; }

 private:
  bool put(InputJson value) {
    if (++values_ > limits_.values) return refuse("json_too_many_values", "There are too many values in the body; send less.");
    place(std::move(value));
    return true;
  }
  InputJson* place(InputJson value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    auto& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[key_] = std::move(value));
  }
  bool open(InputJson empty) {
    if (open_.size() == limits_.depth) return refuse("json_too_deep", "The body is nested too deeply.");
    if (++values_ > limits_.values) return refuse("json_too_many_values", "There are too many values in the body; send less.");
    if (!open_.empty() && open_.back()->is_object())
      keys_.push_back(key_);
    else if (!open_.empty())
      keys_.push_back(std::to_string(open_.back()->size()));
    open_.push_back(place(std::move(empty)));
    return true;
  }
  bool close() {
    open_.pop_back();
    if (!keys_.empty()) keys_.pop_back();
    return true;
  }
  std::string pointer() const {
    std::string out;
    for (const auto& key : keys_) out.append("/").append(escape_pointer(key));
    return out;
  }
  bool refuse(std::string code, std::string message, const std::string& below = {}) {
    auto where = pointer() + below;
    if (code == "json_control" && !open_.empty() && open_.back()->is_object()) where.append("/").append(escape_pointer(key_));
    error_ = Error{ErrorKind::invalid, std::move(code), message, {}, {}, {}};
    error_.fields.push_back({std::move(where), std::move(message)});
    return false;
  }

  JsonLimits limits_;
  InputJson root_;
  std::vector<InputJson*> open_;   // containers being filled; stable: only the innermost grows
  std::vector<std::string> keys_;  // path to open_.back(), without the root
  std::string key_;
  std::size_t values_ = 0;
  Error error_{ErrorKind::invalid, "not_json", "The body is not JSON (RFC 8259).", {}, {}, {}};
};

}  // namespace

Result<nlohmann::json> parse_json(std::string_view text, const JsonLimits& limits) {
  if (auto value = read_json_quickly(text, limits)) return *std::move(value);
  // Slower by far, but it knows what is wrong.
  Builder builder(limits);
  if (!InputJson::sax_parse(text.begin(), text.end(), &builder)) return fail(builder.error());
  return builder.take();
}

}  // namespace messo::api
