#include "app/cli/session.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/cli/text_layout.hpp"

namespace messo::cli {

using nlohmann::json;

ApiClient& Session::api() {
  if (!client)
    client = make_api_client({url.empty() ? (socket.empty() ? find_socket() : socket) : std::string(), url, url.empty() ? Secret() : key});
  return *client;
}

void Session::run(const std::function<Status()>& body) {
  const auto status = body();
  if (status) return;
  complain(status.error());
  exit_code = status.error().code == "daemon_unreachable" ? kUnreachable : kFailure;
}

void Session::complain(const Error& error) {
  err << "messo: " << error.message << '\n';
  for (const auto& field : error.fields) {
    if (field.message == error.message) {
      if (error.message.find(field.field) == std::string::npos) err << "  " << field.field << '\n';
      continue;
    }
    err << "  " << (field.field.empty() ? "" : field.field + ": ") << field.message << '\n';
  }
}

Result<std::string> Session::only(const std::string& path, const std::string& what, const std::string& option,
                                  const std::function<std::string(const json&)>& name) {
  auto answer = api().call({.path = path});
  if (!answer) return fail(std::move(answer.error()));
  std::vector<std::string> names;
  for (const json& item : list(answer->body, "items")) {
    if (!flag(item, "retired")) names.push_back(name(item));
  }
  if (names.size() == 1) return names.front();
  if (names.empty())
    return fail(ErrorKind::invalid, "none", "there is no " + what + " yet: write one into a file and run `messo apply FILE`");
  std::string all;
  for (const auto& n : names) all += (all.empty() ? "" : ", ") + n;
  return fail(ErrorKind::invalid, "several", "which " + what + "? Give " + option + ", one of: " + all);
}

Result<std::string> Session::service_or_only(const std::string& given) {
  // A key of a service says which one it is.
  if (!given.empty() || !url.empty()) return given;
  return only("/v1/admin/services", "service", "--service", [](const json& s) { return text(s, "organisation") + '/' + text(s, "key"); });
}

Result<std::string> Session::organisation_or_only(const std::string& given) {
  if (!given.empty()) return given;
  return only("/v1/admin/organisations", "organisation", "--organisation", [](const json& o) { return text(o, "key"); });
}

Result<Session::Items> Session::items(const ApiRequest& request, std::size_t most) {
  constexpr std::size_t kPage = 500;
  Items found;
  std::string cursor;
  do {
    ApiRequest page = request;
    page.query.emplace_back("cursor", cursor);
    page.query.emplace_back("limit", std::to_string(std::min(kPage, most - found.all.size())));
    auto answer = api().call(page);
    if (!answer) return fail(std::move(answer.error()));
    for (const json& one : list(answer->body, "items")) found.all.push_back(one);
    cursor = text(answer->body, "next_cursor");
    found.more = !cursor.empty();
  } while (found.more && found.all.size() < most);
  return found;
}

bool Session::printed_json(const json& body) {
  if (as_json) out << body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  return as_json;
}

std::string text(const json& object, const std::string& name) {
  if (!object.is_object() || !object.contains(name) || object[name].is_null()) return {};
  const json& value = object[name];
  return value.is_string() ? value.get<std::string>() : value.dump();
}
std::uint64_t number(const json& object, const std::string& name) {
  return object.is_object() && object.contains(name) && object[name].is_number_integer() ? object[name].get<std::uint64_t>() : 0;
}
bool flag(const json& object, const std::string& name) {
  return object.is_object() && object.contains(name) && object[name].is_boolean() && object[name].get<bool>();
}
const json& list(const json& object, const std::string& name) {
  static const json kNone = json::array();
  return object.is_object() && object.contains(name) && object[name].is_array() ? object[name] : kNone;
}
std::string joined(const json& texts, const std::string& separator) {
  std::string out;
  for (const json& item : texts) out += (out.empty() ? "" : separator) + (item.is_string() ? item.get<std::string>() : item.dump());
  return out;
}

void put(json& object, const char* name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

void AddressFlags::put_into(json& recipient) const {
  put(recipient, "email", email);
  put(recipient, "pec", pec);
  put(recipient, "phone", phone);
  put(recipient, "fiscal_code", fiscal_code);
}

bool confirmed(Session& session, std::string_view question) {
  session.out << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "s" || answer == "si" || answer == "sì";
}

Result<std::string> read_input(const std::string& path) {
  constexpr std::size_t kMost = 64U << 20;
  std::ostringstream bytes;
  if (path == "-") {
    bytes << std::cin.rdbuf();
  } else {
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(ErrorKind::invalid, "file", "the file " + path + " cannot be read: check that it exists and that you may read it");
    bytes << in.rdbuf();
  }
  if (bytes.str().size() > kMost) return fail(ErrorKind::too_large, "file", "the file " + path + " is over 64 MiB");
  return bytes.str();
}

Result<json> read_json_object(const std::string& path_or_text) {
  std::string source = path_or_text;
  if (!path_or_text.starts_with('{')) {
    auto bytes = read_input(path_or_text);
    if (!bytes) return fail(std::move(bytes.error()));
    source = std::move(*bytes);
  }
  try {
    json object = json::parse(source);
    if (object.is_object()) return object;
    return fail(ErrorKind::invalid, "json", path_or_text.substr(0, 80) + " is not a JSON object: it must begin with {");
  } catch (const json::parse_error& error) {
    return fail(ErrorKind::invalid, "json", path_or_text.substr(0, 80) + " is not JSON: " + error.what());
  }
}

}  // namespace messo::cli
