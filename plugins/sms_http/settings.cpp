#include "sms_http/settings.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/ascii.hpp"

namespace messo::sms_http {
namespace {

using Config = nlohmann::json;

constexpr std::streamoff kLargestFile = 64 << 10;

tl::unexpected<Error> wrong_setting(const std::string& field, const std::string& sentence) {
  return fail_field(field, "bad_config", field + ": " + sentence);
}

Result<Description> described_by(const Config& tree) {
  const auto gateway = tree.value("gateway", std::string{}), path = tree.value("description", std::string{});
  if (gateway.empty() == path.empty())
    return wrong_setting("gateway", "write either the name of a gateway or, in `description`, a file's path");
  if (!gateway.empty()) {
    std::string known;
    for (const auto& one : shipped_descriptions()) {
      if (one.name == gateway) return read_description(one.toml, "gateway " + gateway);
      known += (known.empty() ? "" : ", ") + std::string(one.name);
    }
    return wrong_setting("gateway",
                         "there is no gateway \"" + gateway + "\"; there are " + known + ". For another one write a `description`");
  }
  if (path.front() != '/') return wrong_setting("description", "must be absolute, because the daemon's working folder may change");
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return wrong_setting("description", path + " cannot be read: check that it exists and that the daemon's user may read it");
  if (in.tellg() > kLargestFile) return wrong_setting("description", path + " is over 64 KiB: this cannot be a gateway's description");
  in.seekg(0);
  std::ostringstream text;
  text << in.rdbuf();
  return read_description(text.str(), path);
}

bool is_loopback_host(std::string_view host) { return host == "localhost" || host == "[::1]" || host.starts_with("127."); }

// The sentence that is wrong with an address; "" when it is good.
std::string flaw_of_url(std::string_view url) {
  const bool plain = url.starts_with("http://");
  if (!plain && !url.starts_with("https://")) return "must begin with https://";
  if (std::ranges::any_of(url, [](char c) { return c <= ' ' || c == 127 || c == '"' || c == '<' || c == '>'; }))
    return "holds a character no address has";
  if (url.find_first_of("?#") != std::string_view::npos) return "must not hold ? or #";
  const auto rest = url.substr(plain ? 7 : 8);
  const auto authority = rest.substr(0, rest.find('/'));
  if (authority.empty()) return "names no host";
  if (authority.find('@') != std::string_view::npos) return "must not hold a user name: use account and password";
  const auto host = authority.starts_with('[') ? authority.substr(0, authority.find(']') + 1) : authority.substr(0, authority.find(':'));
  if (plain && !is_loopback_host(host)) return "must begin with https://: http:// would show passwords and messages to anybody on the way";
  return {};
}

Status read_values(const Config& tree, Settings& out) {
  const auto given = tree.value("values", Config::object()), secrets = tree.value("secrets", Config::object());
  for (const auto& setting : out.description.settings) {
    const auto field = "values." + setting.name;
    const auto value = given.value(setting.name, setting.standard);
    if (value.empty() && setting.required) return wrong_setting(field, "is needed by " + out.description.name + ": " + setting.meaning);
    if (!value.empty() && !setting.choices.empty() && std::ranges::count(setting.choices, value) == 0) {
      std::string known;
      for (const auto& choice : setting.choices) known += (known.empty() ? "\"" : ", \"") + choice + "\"";
      return wrong_setting(field, "write one of " + known);
    }
    out.values[setting.name] = value;
    for (const auto& choice : setting.choices) {
      if (choice == value) out.values[setting.name + "_" + lower_case(choice)] = "1";
    }
  }
  for (const auto& [name, value] : given.items()) {
    const auto known = [&](const DescribedSetting& one) { return one.name == name; };
    if (std::ranges::none_of(out.description.settings, known))
      return wrong_setting("values." + name, "the description of " + out.description.name + " has no such setting");
  }
  for (const auto& [name, value] : secrets.items()) {
    if (std::ranges::count(out.description.secrets, name) == 0)
      return wrong_setting("secrets." + name, "the description of " + out.description.name + " has no such secret");
    if (!value.is_string()) return wrong_setting("secrets." + name, "must be a text");
    out.values[name] = value.get<std::string>();
  }
  out.values["account"] = tree.value("account", std::string{});
  out.values["password"] = tree.value("password", std::string{});
  out.values["callback_secret"] = tree.value("callback_secret", std::string{});
  return {};
}

// What a request names without any condition has to be there.
Status check_credentials(const Settings& settings) {
  const auto needed = [&](const std::optional<TextTemplate>& text) -> Status {
    if (!text || !text->render(settings.values).empty()) return {};
    std::vector<std::pair<std::string, std::string>> remedies{
        {"account", "account"}, {"password", "password"}, {"callback_secret", "callback_secret"}};
    for (const auto& name : settings.description.secrets) remedies.emplace_back(name, "secrets." + name);
    for (const auto& [name, field] : remedies) {
      auto with_it = settings.values;
      with_it[name] = "x";
      if (!text->render(with_it).empty()) return wrong_setting(field, "is needed by " + settings.description.name);
    }
    return wrong_setting("account", "account and password are needed by " + settings.description.name);
  };
  const auto& description = settings.description;
  for (const auto* text : {&description.username, &description.password}) {
    if (auto status = needed(*text); !status) return status;
  }
  if (description.sign_in) {
    for (const auto* text : {&description.sign_in->request.username, &description.sign_in->request.password}) {
      if (auto status = needed(*text); !status) return status;
    }
  }
  if (description.callback && settings.receipts && description.callback->proof != CallbackShape::Proof::address &&
      !description.callback->optional)
    return needed(std::optional(description.callback->secret));
  return {};
}

Status check_addresses(Settings& settings) {
  if (const auto flaw = flaw_of_url(settings.base_url); !flaw.empty()) return wrong_setting("base_url", flaw);
  if (settings.base_url.back() != '/') settings.base_url += '/';
  if (!settings.callback_url.empty()) {
    if (const auto flaw = flaw_of_url(settings.callback_url); !flaw.empty()) return wrong_setting("callback_url", flaw);
  }
  if (!settings.http.ca_file.empty() && !std::ifstream(settings.http.ca_file))
    return wrong_setting("ca_file", settings.http.ca_file + " cannot be read: check path and rights");
  return {};
}

}  // namespace

Result<Settings> read_settings(std::string_view config_json) {
  try {
    const auto tree = Config::parse(config_json);
    auto description = described_by(tree);
    if (!description) return fail(std::move(description.error()));
    Settings out;
    out.description = std::move(*description);
    out.base_url = tree.value("base_url", std::string{});
    if (out.base_url.empty()) out.base_url = out.description.base_url;
    out.sender = tree.value("sender", std::string{});
    out.callback_url = tree.value("callback_url", std::string{});
    out.receipts = tree.value("receipts", true);
    out.connections = tree.value("connections", 4U);
    out.http.ca_file = tree.value("ca_file", std::string{});
    out.http.proxy = tree.value("proxy", std::string{});
    out.http.limits.connect = std::chrono::seconds(tree.value("connect_seconds", 10));
    out.http.limits.whole = std::chrono::seconds(tree.value("answer_seconds", 30));
    if (auto status = check_addresses(out); !status) return fail(std::move(status.error()));
    if (auto status = read_values(tree, out); !status) return fail(std::move(status.error()));
    if (auto status = check_credentials(out); !status) return fail(std::move(status.error()));
    return out;
  } catch (const Config::exception& error) {
    return fail(ErrorKind::invalid, "bad_config", "The configuration does not follow the schema of the sms_http plugin.", error.what());
  }
}

}  // namespace messo::sms_http
