#include "config/node_config.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "config/units.hpp"

namespace messo {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

fs::path from(const fs::path& folder, const std::string& path) { return path.empty() ? fs::path{} : (folder / path).lexically_normal(); }

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? std::string(name.data()) : std::string("messo");
}

Millis millis(const json& value) { return Millis{value.get<std::int64_t>()}; }
std::chrono::days days(const json& value) { return std::chrono::floor<std::chrono::days>(millis(value)); }

// "file:" sources of the store are relative to the data folder.
std::string secret_from(const fs::path& folder, const std::string& source) {
  constexpr std::string_view kFile = "file:";
  return source.starts_with(kFile) ? std::string(kFile) + from(folder, source.substr(kFile.size())).string() : source;
}

LogLevel parse_level(const std::string& text) {
  return text == "debug" ? LogLevel::debug : text == "info" ? LogLevel::info : text == "warning" ? LogLevel::warning : LogLevel::error;
}
std::string_view level_text(LogLevel level) {
  constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};
  return kNames[static_cast<std::size_t>(level)];
}

// `root` has passed check(): every value is there and of its type.
NodeConfig read(const json& root, const std::string& file, const fs::path& base) {
  NodeConfig config;
  config.file = file;
  config.name = root["node"]["name"].get<std::string>();
  if (config.name.empty()) config.name = host_name();
  config.drain = millis(root["node"]["drain"]);
  config.folders = {from(base, root["folders"]["data"]), from(base, root["folders"]["plugins"])};
  const fs::path& data = config.folders.data;

  const json& listen = root["listen"];
  config.listen = {listen["public"],
                   listen["admin"],
                   from(data, listen["socket"]),
                   listen["socket_group"],
                   from(base, listen["tls"]["certificate"]),
                   from(base, listen["tls"]["key"]),
                   listen["public_url"]};
  const json& http = root["http"];
  config.http = {http["connections"], http["connections_per_address"], millis(http["request_deadline"]), millis(http["keep_alive"]),
                 http["max_body"],    http["bodies_in_memory"]};

  const json& store = root["store"];
  const json& admission = store["admission"];
  const json& retention = store["retention"];
  config.store = {from(data, store["file"]),
                  secret_from(data, store["master_key"]),
                  store["cache"],
                  store["seal_content"],
                  admission["max_open"],
                  admission["min_free"],
                  admission["max_waiting"],
                  days(retention["content"]),
                  days(retention["ledger"]),
                  days(retention["legal"]),
                  days(retention["idempotency"])};
  config.dispatch = {root["dispatch"]["window"], root["dispatch"]["batch"], root["dispatch"]["in_hand"]};
  config.doubt = {root["doubt"]["warn_above"], millis(root["doubt"]["warn_age"])};
  config.pec_acceptance = millis(root["receipts"]["pec_acceptance"]);
  const json& polls = root["receipts"]["poll"];
  config.polls = {millis(polls["every"]), millis(polls["deadline"]), millis(polls["longest_wait"]), polls["quarantine_after"]};
  const json& calls = root["receipts"]["calls"];
  config.calls = {calls["max_body"], calls["per_second"], calls["per_address"], millis(calls["deadline"])};
  config.log_format = root["log"]["format"] == "json" ? LogFormat::json : LogFormat::text;
  config.log_level = parse_level(root["log"]["level"]);
  config.access_log = root["log"]["access_log"];
  return config;
}

// Goes into answers as it is: scheme, host, perhaps port and path, and nothing that would have to be escaped there.
bool is_base_url(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    url.remove_prefix(scheme.size());
    const bool plain = std::all_of(url.begin(), url.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             std::string_view(".-_~:[]/%").find(c) != std::string_view::npos;
    });
    return plain && !url.empty() && url.front() != '/' && url.front() != ':' && url.back() != '/' && url.back() != ':';
  }
  return false;
}

// What the table of keys cannot say.
void check_together(const Document& document, Problems& problems) {
  const auto add = [&](std::string_view pointer, std::string message) {
    problems.push_back({document.file, document.line_of(pointer), std::string(pointer), std::move(message)});
  };
  const json& listen = document.root["listen"];
  if (listen["tls"]["certificate"].get<std::string>().empty() != listen["tls"]["key"].get<std::string>().empty()) {
    add("/listen/tls", "certificate and key belong together: give both or none");
  }
  for (const char* name : {"public", "admin"}) {
    const auto address = listen[name].get<std::string>();
    const auto colon = address.rfind(':');
    const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
    const bool digits = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
    if (colon == 0 || !digits || std::stoi(port) > 65'535) {
      add(std::string("/listen/") + name, "is not \"host:port\", like \"127.0.0.1:8780\" or \"[::1]:8780\"");
    }
  }
  if (const auto url = listen["public_url"].get<std::string>(); !url.empty() && !is_base_url(url)) {
    add("/listen/public_url", "is not like \"https://messo.comune.example.it\": http or https, a host, and no slash at the end");
  }
  const json& http = document.root["http"];
  if (http["connections_per_address"] > http["connections"]) {
    add("/http/connections_per_address", "is more than http.connections: lower it, or raise that");
  }
  for (const auto& [name, value] : document.root["store"]["retention"].items()) {
    if (value.get<std::int64_t>() % Millis{std::chrono::days{1}}.count() != 0)
      add("/store/retention/" + name, "must be whole days, like \"90 d\"");
  }
}

json to_json(const NodeConfig& c) {
  const auto duration = [](auto d) { return to_duration_text(std::chrono::duration_cast<Millis>(d)); };
  return {
      {"node", {{"name", c.name}, {"drain", duration(c.drain)}}},
      {"folders", {{"data", c.folders.data.string()}, {"plugins", c.folders.plugins.string()}}},
      {"listen",
       {{"public", c.listen.public_address},
        {"admin", c.listen.admin_address},
        {"socket", c.listen.socket.string()},
        {"socket_group", c.listen.socket_group},
        {"public_url", c.listen.public_url},
        {"tls", {{"certificate", c.listen.tls_certificate.string()}, {"key", c.listen.tls_key.string()}}}}},
      {"http",
       {{"connections", c.http.connections},
        {"connections_per_address", c.http.connections_per_address},
        {"request_deadline", duration(c.http.request_deadline)},
        {"keep_alive", duration(c.http.keep_alive)},
        {"max_body", to_size_text(c.http.max_body)},
        {"bodies_in_memory", to_size_text(c.http.bodies_in_memory)}}},
      {"store",
       {{"file", c.store.file.string()},
        {"master_key", c.store.master_key},
        {"cache", to_size_text(c.store.cache)},
        {"seal_content", c.store.seal_content},
        {"admission",
         {{"max_open", c.store.max_open},
          {"min_free", to_size_text(c.store.min_free)},
          {"max_waiting", to_size_text(c.store.max_waiting)}}},
        {"retention",
         {{"content", duration(c.store.keep_content)},
          {"ledger", duration(c.store.keep_ledger)},
          {"legal", duration(c.store.keep_legal)},
          {"idempotency", duration(c.store.keep_idempotency)}}}}},
      {"dispatch", {{"window", c.dispatch.window}, {"batch", c.dispatch.batch}, {"in_hand", c.dispatch.in_hand}}},
      {"doubt", {{"warn_above", c.doubt.warn_above}, {"warn_age", duration(c.doubt.warn_age)}}},
      {"receipts",
       {{"pec_acceptance", duration(c.pec_acceptance)},
        {"poll",
         {{"every", duration(c.polls.every)},
          {"deadline", duration(c.polls.deadline)},
          {"longest_wait", duration(c.polls.longest_wait)},
          {"quarantine_after", c.polls.quarantine_after}}},
        {"calls",
         {{"max_body", to_size_text(c.calls.max_body)},
          {"per_second", c.calls.per_second},
          {"per_address", c.calls.per_address},
          {"deadline", duration(c.calls.deadline)}}}}},
      {"log",
       {{"format", c.log_format == LogFormat::json ? "json" : "text"}, {"level", level_text(c.log_level)}, {"access_log", c.access_log}}},
  };
}

void print_table(std::string& out, const json& values, std::span<const Key> keys, const std::string& path) {
  if (!path.empty()) out += (out.empty() ? "[" : "\n[") + path + "]\n";
  for (const Key& key : keys) {
    if (key.type == ValueType::table) continue;
    out += std::string(key.name) + " = " + values.at(std::string(key.name)).dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
  }
  for (const Key& key : keys) {
    if (key.type != ValueType::table) continue;
    print_table(out, values.at(std::string(key.name)), key.keys, (path.empty() ? "" : path + '.') + std::string(key.name));
  }
}

void compare_tables(const json& a, const json& b, std::span<const Key> keys, const std::string& path, NodeConfigDifference& out) {
  for (const Key& key : keys) {
    const std::string name(key.name);
    const std::string dotted = path.empty() ? name : path + '.' + name;
    if (key.type == ValueType::table) {
      compare_tables(a.at(name), b.at(name), key.keys, dotted, out);
    } else if (a.at(name) != b.at(name)) {
      (key.reload == Reload::live ? out.live : out.restart).push_back(dotted);
    }
  }
}

tl::expected<NodeConfig, Problems> from_document(Document document, const fs::path& base) {
  auto problems = check(document, node_schema());
  if (problems.empty()) check_together(document, problems);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return read(document.root, document.file, base);
}

}  // namespace

tl::expected<NodeConfig, Problems> parse_node_config(std::string_view toml, const std::string& file, const fs::path& base) {
  auto document = parse_toml(toml, file);
  if (!document) return tl::unexpected(std::move(document.error()));
  return from_document(std::move(*document), base);
}

tl::expected<NodeConfig, Problems> load_node_config(const fs::path& file) {
  auto document = read_toml_file(file.string());
  if (!document) return tl::unexpected(std::move(document.error()));
  std::error_code ignored;
  return from_document(std::move(*document), fs::absolute(file, ignored).parent_path());
}

NodeConfig default_node_config(const fs::path& state_folder) {
  std::error_code ignored;
  Document document;
  if (!state_folder.empty()) document.root["folders"]["data"] = state_folder.string();
  check(document, node_schema());
  return read(document.root, {}, fs::current_path(ignored));
}

std::string print_node_config(const NodeConfig& config) {
  std::string out;
  print_table(out, to_json(config), node_schema(), {});
  return out;
}

NodeConfigDifference compare(const NodeConfig& running, const NodeConfig& wanted) {
  NodeConfigDifference out;
  compare_tables(to_json(running), to_json(wanted), node_schema(), {}, out);
  return out;
}

}  // namespace messo
