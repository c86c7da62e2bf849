#include "mailbox/settings.hpp"

#include <algorithm>

#include "mail/config_reading.hpp"
#include "mail/mime_encoding.hpp"
#include "mail/smtp_stream.hpp"
#include "mailbox/imap_folder.hpp"

namespace messo::mailbox {
namespace {

using mail::read_seconds;
using mail::read_word;
using nlohmann::json;

constexpr std::size_t kMostPop3Word = 500;  // libetpan cuts longer commands off
constexpr std::size_t kMostName = 255;      // of a mailbox, for the hub

std::uint16_t usual_port(const Settings& settings) {
  const bool implicit = settings.tls == mail::TlsMode::implicit;
  if (settings.protocol == Protocol::imap) return implicit ? 993 : 143;
  return implicit ? 995 : 110;
}

// The first rule that is broken: field and remedy.
std::optional<std::pair<const char*, const char*>> broken_rule(const Settings& settings, bool folder_given) {
  const bool imap = settings.protocol == Protocol::imap;
  if (settings.tls == mail::TlsMode::none && !mail::is_loopback_host(settings.host))
    return {{"tls", "\"none\" is allowed only for a server on this machine; set \"implicit\" or \"starttls\"."}};
  if (settings.username.empty()) return {{"username", "is needed."}};
  if (settings.password.empty()) return {{"password", "is needed."}};
  if (mail::has_control(settings.username) || mail::has_control(settings.password.reveal()))
    return {{"username", "and password must not hold control characters."}};
  if (!imap && std::max(settings.username.size(), settings.password.reveal().size()) > kMostPop3Word)
    return {{"username", "and password are too long for POP3, in bytes."}};
  if (!imap && folder_given) return {{"folder", "is for IMAP only: leave it out, or set protocol = \"imap\"."}};
  if (!imap && (settings.after == After::seen || settings.after == After::move))
    return {{"after", "\"seen\" and \"move\" are for IMAP only: set \"keep\" or \"delete\", or protocol = \"imap\"."}};
  if (settings.after == After::move && settings.move_to.empty()) return {{"move_to", "is needed with after = \"move\"."}};
  if (settings.after != After::move && !settings.move_to.empty()) return {{"move_to", "is for after = \"move\" only: leave it out."}};
  if (settings.after == After::move && settings.move_to == settings.folder)
    return {{"move_to", "must be another folder than the one that is read."}};
  if (settings.folder.empty() || mail::has_control(settings.folder) || !to_imap_folder(settings.folder))
    return {{"folder", "is no name of a folder."}};
  if (mail::has_control(settings.move_to) || !to_imap_folder(settings.move_to)) return {{"move_to", "is no name of a folder."}};
  if (settings.name().size() > kMostName) return {{"folder", "and username are too long together."}};
  return std::nullopt;
}

}  // namespace

std::string Settings::name() const { return protocol == Protocol::imap ? username + "/" + folder : username; }

Result<Settings> read_settings(const json& tree, const std::string& key) {
  constexpr std::array kProtocols{std::pair{"imap", Protocol::imap}, std::pair{"pop3", Protocol::pop3}};
  constexpr std::array kAfters{std::pair{"keep", After::keep}, std::pair{"seen", After::seen}, std::pair{"move", After::move},
                               std::pair{"delete", After::remove}};
  try {
    Settings out;
    read_word(tree, "protocol", kProtocols, out.protocol);
    read_word(tree, "tls", mail::kTlsModes, out.tls);
    read_word(tree, "after", kAfters, out.after);
    out.host = tree.at("host").get<std::string>();
    out.port = tree.value("port", std::uint16_t{0});
    if (out.port == 0) out.port = usual_port(out);
    out.ca_file = tree.value("ca_file", out.ca_file);
    out.username = tree.value("username", out.username);
    out.password = Secret(tree.value("password", std::string{}));
    const auto folder = tree.value("folder", std::string{});
    if (!folder.empty()) out.folder = folder;
    out.move_to = tree.value("move_to", out.move_to);
    read_seconds(tree, "poll_seconds", out.every);
    out.idle = tree.value("idle", out.idle);
    out.max_message_bytes = tree.value("max_message_bytes", out.max_message_bytes);
    read_seconds(tree, "account_pause_seconds", out.account_pause);
    const auto times = tree.value("timeouts", json::object());
    read_seconds(times, "connect", out.timeouts.connect);
    read_seconds(times, "tls", out.timeouts.tls);
    read_seconds(times, "answer", out.timeouts.answer);
    if (const auto broken = broken_rule(out, !folder.empty() && folder != "INBOX")) {
      const auto [field, remedy] = *broken;
      return mail::wrong_field(key + "." + field, remedy);
    }
    return out;
  } catch (const json::exception& error) {
    return fail(ErrorKind::invalid, "bad_config", key + " does not follow its schema.", error.what());
  }
}

}  // namespace messo::mailbox
