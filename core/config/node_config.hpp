// The settings of one node: what must be known before the store can be opened. All else lives in the store (apply_document.hpp).
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/time.hpp"
#include "config/problems.hpp"
#include "config/schema.hpp"

namespace messo {

// Defaults are in the schema (node_schema.cpp), not here. Paths are absolute once loaded.
struct NodeConfig {
  std::string file;  // the configuration file, empty: embedded defaults

  std::string name;  // of this node
  Millis drain{};    // how long a stop waits for what is on the wire

  struct Folders {
    std::filesystem::path data;
    std::filesystem::path plugins;  // empty: beside the program (app/places.hpp)
  } folders;

  struct Listen {
    std::string public_address;  // "host:port"
    std::string admin_address;
    std::filesystem::path socket;
    std::string socket_group;                        // may be empty
    std::filesystem::path tls_certificate, tls_key;  // both or none
    std::string public_url;                          // without a slash at its end; may be empty
  } listen;

  struct Http {
    std::uint32_t connections = 0;
    std::uint32_t connections_per_address = 0;
    Millis request_deadline{};
    Millis keep_alive{};
    std::uint64_t max_body = 0;          // bytes
    std::uint64_t bodies_in_memory = 0;  // bytes
  } http;

  struct StoreSettings {
    std::filesystem::path file;
    std::string master_key;   // "file:" (absolute) or "env:"
    std::uint64_t cache = 0;  // bytes
    bool seal_content = false;
    std::uint64_t max_open = 0, min_free = 0, max_waiting = 0;                          // admission
    std::chrono::days keep_content{}, keep_ledger{}, keep_legal{}, keep_idempotency{};  // retention
  } store;

  struct Dispatch {
    std::uint32_t window = 0;   // due deliveries in memory
    std::uint32_t batch = 0;    // messages leased at once
    std::uint32_t in_hand = 0;  // with providers, without an outcome
  } dispatch;

  struct Doubt {
    std::uint64_t warn_above = 0;  // messages
    Millis warn_age{};
  } doubt;

  Millis pec_acceptance{};  // certified mail not accepted by then is told

  struct Polls {  // of mailboxes
    Millis every{}, deadline{}, longest_wait{};
    std::uint32_t quarantine_after = 0;  // tries of an item
  } polls;

  struct Calls {                    // of providers
    std::uint64_t max_body = 0;     // bytes
    std::uint32_t per_second = 0;   // of one provider
    std::uint32_t per_address = 0;  // of these of one address
    Millis deadline{};              // of the plugin
  } calls;

  LogFormat log_format = LogFormat::text;
  LogLevel log_level = LogLevel::info;
  bool access_log = false;
};

// The table all of this is read by: loading, config/messo.toml, docs/configuration.md.
std::span<const Key> node_schema();

// From text; relative paths are taken from `base`. Never touches the file system.
tl::expected<NodeConfig, Problems> parse_node_config(std::string_view toml, const std::string& file, const std::filesystem::path& base);
// From a file, whose folder relative paths are taken from.
tl::expected<NodeConfig, Problems> load_node_config(const std::filesystem::path& file);
// Without a file: data below `state_folder` ($STATE_DIRECTORY) or, when that is empty, ./messo-data.
NodeConfig default_node_config(const std::filesystem::path& state_folder);

// Every key with its effective value as TOML that loads again; where secrets are, never what they are.
std::string print_node_config(const NodeConfig& config);
// The keys whose values differ, dotted, split by what a reload can do about them.
struct NodeConfigDifference {
  std::vector<std::string> live, restart;
};
NodeConfigDifference compare(const NodeConfig& running, const NodeConfig& wanted);

}  // namespace messo
