#include "smpp/settings.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "mail/config_reading.hpp"
#include "smpp/addresses.hpp"

namespace messo::smpp {
namespace {

using mail::read_seconds;
using mail::read_word;
using nlohmann::json;

constexpr std::size_t kMostPassword = 8;
constexpr std::array kTls{std::pair{"none", false}, std::pair{"tls", true}};
constexpr std::array kModes{std::pair{"transceiver", false}, std::pair{"transmitter+receiver", true}};
constexpr std::array kGsm7{std::pair{"unpacked", false}, std::pair{"packed", true}};
constexpr std::array kLongMessages{std::pair{"udh", LongMessages::udh}, std::pair{"sar", LongMessages::sar},
                                   std::pair{"message_payload", LongMessages::message_payload}};
constexpr std::array kValidity{std::pair{"relative", Validity::relative}, std::pair{"absolute", Validity::absolute},
                               std::pair{"none", Validity::none}};
constexpr std::array kReceiptIds{std::pair{"same", ReceiptIds::same}, std::pair{"decimal-of-hex", ReceiptIds::decimal_of_hex},
                                 std::pair{"hex-of-decimal", ReceiptIds::hex_of_decimal}, std::pair{"auto", ReceiptIds::automatic}};

void read_words(const json& tree, SmppSettings& out) {
  read_word(tree, "tls", kTls, out.tls);
  read_word(tree, "mode", kModes, out.two_sided);
  read_word(tree, "gsm7", kGsm7, out.packed_gsm7);
  read_word(tree, "long_messages", kLongMessages, out.long_messages);
  read_word(tree, "validity", kValidity, out.validity);
  read_word(tree, "receipt_ids", kReceiptIds, out.receipt_ids);
}

void read_times(const json& tree, SmppSettings& out) {
  read_seconds(tree, "enquire_link_seconds", out.enquire_link);
  read_seconds(tree, "response_seconds", out.response);
  read_seconds(tree, "connect_seconds", out.connect);
  read_seconds(tree, "account_pause_seconds", out.account_pause);
  read_seconds(tree, "reconnect_max_seconds", out.reconnect_max);
  read_seconds(tree, "throttle_max_seconds", out.throttle_max);
  read_seconds(tree, "part_retry_seconds", out.part_retry);
  out.validity_max = std::chrono::hours(tree.value("validity_max_hours", out.validity_max.count()));
}

bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

messo::Status check_rules(const SmppSettings& settings) {
  for (const auto& [field, text] : {std::pair<const char*, std::string_view>{"system_id", settings.system_id},
                                    {"password", settings.password.reveal()},
                                    {"system_type", settings.system_type},
                                    {"service_type", settings.service_type}}) {
    if (!is_visible_ascii(text)) return mail::wrong_field(field, "may hold ASCII characters only (SMPP 3.4 §3.1).");
  }
  if (settings.password.reveal().size() > kMostPassword)
    return mail::wrong_field("password", "may have 8 characters at most (SMPP 3.4 §4.1.1): ask the provider for a shorter one.");
  if (!settings.sender.empty() && !source_address(settings.sender, settings))
    return mail::wrong_field("sender", "must be a number (+39...) or an alias of at most 11 letters, digits and . - _ & or blank.");
  return {};
}

}  // namespace

Result<SmppSettings> read_settings(std::string_view config_json) {
  const json tree = json::parse(config_json, nullptr, false);
  if (!tree.is_object()) return fail(ErrorKind::invalid, "bad_config", "The configuration is not a JSON object.");
  SmppSettings out;
  out.host = tree.value("host", out.host);
  out.port = tree.value("port", out.port);
  out.ca_file = tree.value("ca_file", out.ca_file);
  out.system_id = tree.value("system_id", out.system_id);
  out.password = Secret(tree.value("password", std::string{}));
  out.system_type = tree.value("system_type", out.system_type);
  out.service_type = tree.value("service_type", out.service_type);
  out.address_range = tree.value("address_range", out.address_range);
  out.binds = tree.value("binds", out.binds);
  out.window = tree.value("window", out.window);
  out.queue = tree.value("queue_per_bind", out.queue);
  out.sender = tree.value("sender", out.sender);
  out.sender_ton = tree.value("sender_ton", out.sender_ton);
  out.sender_npi = tree.value("sender_npi", out.sender_npi);
  out.data_coding_gsm7 = tree.value("data_coding_gsm7", out.data_coding_gsm7);
  out.receipts = tree.value("receipts", out.receipts);
  out.match_by_user_reference = tree.value("match_by_user_reference", out.match_by_user_reference);
  read_words(tree, out);
  read_times(tree, out);
  if (auto status = check_rules(out); !status) return fail(std::move(status.error()));
  return out;
}

}  // namespace messo::smpp
