#include "pec/pec_config.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mail/config_reading.hpp"
#include "mail/mime_builder.hpp"
#include "mail/smtp_config.hpp"
#include "pec/pec_presets.hpp"

namespace messo::pec {
namespace {

using mail::wrong_field;
using nlohmann::json;

// What providers are known to carry through and put into daticert unchanged.
constexpr std::size_t kLongestMessageId = 200;

std::string text_in(const json& tree, const char* name) { return tree.value(name, std::string{}); }

void fill_text(json& tree, const char* name, std::string_view value) {
  if (text_in(tree, name).empty()) tree[name] = value;
}
void fill_number(json& tree, const char* name, std::uint64_t value) {
  if (tree.value(name, std::uint64_t{0}) == 0) tree[name] = value;
}

Status read_from(const json& tree, PecConfig& config) {
  auto box = mail::parse_mailbox(text_in(tree, "from"));
  if (!box) return wrong_field("from", box.error().message);
  if (box->address.needs_smtputf8()) return wrong_field("from", "a PEC address has only ASCII letters before the @.");
  if (mail::message_id_of({}, box->address.domain).size() > kLongestMessageId + 2)
    return wrong_field("from", "its domain is too long: Message-IDs of PEC have at most 200 characters.");
  config.from = std::move(*box);
  return {};
}

// The preset's values where the configuration has none.
Status fill_submission(json& tree, const Preset& known, const mail::MailAddress& from) {
  fill_text(tree, "host", known.smtp_host);
  if (text_in(tree, "host").empty()) return wrong_field("host", "is needed without a preset: write the provider's SMTP server.");
  const std::uint16_t usual = known.smtp_port != 0 ? known.smtp_port : 465;
  fill_number(tree, "port", text_in(tree, "tls") == "starttls" ? 587 : usual);
  fill_text(tree, "username", from.to_string());
  fill_number(tree, "max_message_bytes", known.max_message_bytes);
  return {};
}

Status fill_mailbox(json& tree, const Preset& known) {
  auto& box = tree["mailbox"];
  if (!box.is_object()) box = json::object();
  const bool pop3 = text_in(box, "protocol") == "pop3";
  fill_text(box, "host", pop3 ? known.pop3_host : known.imap_host);
  if (text_in(box, "host").empty())
    return wrong_field("mailbox.host", "is needed: nothing is proven before the receipts in the mailbox were read.");
  for (const char* same : {"username", "password", "ca_file"}) fill_text(box, same, text_in(tree, same));
  return {};
}

RefusedExtensions read_refused(const json& tree) {
  RefusedExtensions out;
  for (const auto& one : tree.value("refused_attachments", json::array())) {
    // Written as ".exe" or "EXE" alike.
    if (auto extension = extension_of("." + one.get<std::string>()); !extension.empty()) out.push_back(std::move(extension));
  }
  return out;
}

Status read_all(json& tree, PecConfig& config) {
  const Preset& known = preset(text_in(tree, "preset"));
  if (auto status = read_from(tree, config); !status) return status;
  if (auto status = fill_submission(tree, known, config.from.address); !status) return status;
  if (auto status = fill_mailbox(tree, known); !status) return status;
  config.settings.tls = mail::TlsMode::implicit;
  if (auto status = mail::read_smtp_settings(tree, config.settings); !status) return status;
  if (config.settings.tls == mail::TlsMode::none)
    return wrong_field("tls", "PEC is never sent without TLS; set \"implicit\" or \"starttls\".");
  // Namirial answers a notification of delivery with an "anomalia".
  config.settings.dsn = false;
  if (!known.slow_down.empty()) {
    auto made = mail::make_override(std::string(known.slow_down), to_string(mail::ReplyClass::throttle));
    if (!made) return fail(std::move(made.error()));
    config.settings.overrides.push_back(std::move(*made));
  }
  mail::read_pool_settings(tree, config.pool);
  auto mailbox = mailbox::read_settings(tree["mailbox"]);
  if (!mailbox) return fail(std::move(mailbox.error()));
  config.mailbox = std::move(*mailbox);
  config.receipt_kind = tree.value("receipt_kind", std::string("breve"));
  config.refused = read_refused(tree);
  config.roots = text_in(tree, "roots");
  config.accept_external = tree.value("accept_external", false);
  return {};
}

}  // namespace

Result<PecConfig> read_config(std::string_view config_json) {
  try {
    auto tree = json::parse(config_json);
    PecConfig config;
    if (auto status = read_all(tree, config); !status) return fail(std::move(status.error()));
    return config;
  } catch (const json::exception& error) {
    return fail(ErrorKind::invalid, "bad_config", "The configuration does not follow the schema of the pec plugin.", error.what());
  }
}

}  // namespace messo::pec
