#include "sms_http/callback_description.hpp"

#include "base/ascii.hpp"

namespace messo::sms_http {
namespace {

using Proof = CallbackShape::Proof;

const std::vector<std::pair<std::string_view, ReportWord>> kReportWords{
    {"delivered", ReportWord::delivered},     {"undelivered", ReportWord::undelivered},
    {"bad_address", ReportWord::bad_address}, {"expired", ReportWord::expired},
    {"rejected", ReportWord::rejected},       {"deleted", ReportWord::deleted},
    {"unknown", ReportWord::unknown},         {"read", ReportWord::read},
    {"ignored", ReportWord::ignored}};
const std::vector<std::pair<std::string_view, Proof>> kProofs{
    {"address", Proof::address}, {"secret", Proof::secret}, {"hmac", Proof::hmac}, {"twilio", Proof::twilio}};
const std::vector<std::pair<std::string_view, CallbackShape::Digest>> kDigests{
    {"sha1", CallbackShape::Digest::sha1}, {"sha256", CallbackShape::Digest::sha256}, {"sha512", CallbackShape::Digest::sha512}};

std::map<std::string, ReportWord, std::less<>> read_words(TableReader& table, const std::string& key) {
  std::map<std::string, ReportWord, std::less<>> out;
  table.table(key, [&](TableReader& words) {
    for (const auto& name : words.keys()) out[lower_case(name)] = words.word(name, kReportWords, ReportWord::ignored);
  });
  return out;
}

void read_proof(TableReader& table, const CompileText& compile, CallbackShape& out) {
  out.proof = table.word("kind", kProofs, Proof::address);
  out.header = lower_case(table.text("header", out.proof == Proof::twilio ? "x-twilio-signature" : ""));
  out.parameter = table.text("parameter");
  out.prefix = table.text("prefix");
  out.digest = table.word("digest", kDigests, CallbackShape::Digest::sha256);
  out.base64 = table.text("form", "hex") == "base64";
  if (table.has("form") && table.text("form") != "hex" && table.text("form") != "base64")
    table.wrong("form", "write \"hex\" or \"base64\"");
  if (table.has("secret")) out.secret = compile("proof/secret", table.text("secret"));
  out.optional = table.truth("optional", false);
  if (out.proof == Proof::address) {
    if (!out.secret.empty()) table.wrong("secret", "kind = \"address\" has none: nothing but the call-back address is known of such calls");
    return;
  }
  if (out.secret.names().empty())
    table.wrong("secret", "is needed as a value, such as \"{{callback_secret}}\": a description holds no secrets itself");
  if (out.header.empty() && (out.proof != Proof::secret || out.parameter.empty()))
    table.wrong("header", out.proof == Proof::secret ? "is needed, or a parameter: where the gateway puts the secret"
                                                     : "is needed: where the gateway puts the signature");
}

}  // namespace

CallbackShape read_callback(TableReader& table, const CompileText& compile) {
  CallbackShape out;
  out.body = table.word("body",
                        std::vector<std::pair<std::string_view, CallbackShape::Body>>{{"form", CallbackShape::Body::form},
                                                                                      {"json", CallbackShape::Body::json}},
                        CallbackShape::Body::form);
  out.each = table.text("each");
  out.id = table.text("id");
  out.reference = table.text("reference");
  out.status = table.needed_text("status");
  out.error = table.text("error");
  if (out.id.empty() && out.reference.empty()) table.wrong("id", "is needed, or a reference: which message a call is about");
  const std::pair<const char*, const std::string*> pointed[] = {
      {"each", &out.each}, {"id", &out.id}, {"reference", &out.reference}, {"status", &out.status}, {"error", &out.error}};
  for (const auto& [key, value] : pointed) {
    if (!value->starts_with('/')) continue;
    if (out.body != CallbackShape::Body::json) table.wrong(key, "is a pointer, and the body a form: write the parameter's name");
    if (!pointer_steps(*value)) table.wrong(key, "is no JSON pointer: write /key/key");
  }
  if (!out.each.empty() && !out.each.starts_with('/')) table.wrong("each", "is no JSON pointer: write /key/key");
  out.statuses = read_words(table, "statuses");
  out.errors = read_words(table, "errors");
  if (out.statuses.empty()) table.wrong("statuses", "is needed: what each status of the gateway means");
  table.table("proof", [&](TableReader& proof) { read_proof(proof, compile, out); });
  table.table("answer", [&](TableReader& answer) {
    out.answer_status = answer.integer("status", 200, 299, 204);
    out.answer_body = answer.text("body");
    if (out.answer_status == 204 && !out.answer_body.empty()) answer.wrong("body", "an answer 204 has none: set status = 200");
  });
  return out;
}

}  // namespace messo::sms_http
