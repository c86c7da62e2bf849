#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/sms_sender.hpp"
#include "app/cli/sms_view.hpp"
#include "template/sms_rules.hpp"

namespace messo::cli {
namespace {

struct SmsOptions {
  std::string text, policy = std::string(sms::to_string(SmsRules{}.policy));
};

Result<std::string> sms_text(const std::string& given) {
  if (given != "-") return given;
  auto bytes = read_input(given);
  if (!bytes) return bytes;
  if (bytes->ends_with('\n')) bytes->pop_back();  // the end of the last line is not part of the text
  if (bytes->ends_with('\r')) bytes->pop_back();
  return bytes;
}

Status measure(Session& session, const SmsOptions& o) {
  const auto given = sms_text(o.text);
  if (!given) return fail(Error(given.error()));
  const auto policy = *sms::parse_policy(o.policy);
  const auto measured = sms::measure(*given, policy);
  auto view = to_json(measured);
  view["text"] = measured.text;
  if (!session.printed_json(view)) {
    session.out << sms_lines(view);
    if (!measured.changed.empty()) session.out << "Text:       " << measured.text << '\n';
  }
  return sms::check(measured, policy);
}

}  // namespace

void add_sms(CLI::App& app, Session& session) {
  auto o = std::make_shared<SmsOptions>();
  auto& root = add_group(app, "sms", "Short messages");
  auto* c =
      add_command(root, "measure", "How a text goes out as SMS: encoding, segments, what changes; needs no daemon", session, o, &measure);
  c->add_option("TEXT", o->text, "The text; - for standard input")->required();
  c->add_option("--policy", o->policy, "What may be done about characters outside the GSM alphabet")
      ->capture_default_str()
      ->check(CLI::IsMember({"gsm-only", "transliterate", "unicode"}));
  add_sms_sender(root, session);
}

}  // namespace messo::cli
