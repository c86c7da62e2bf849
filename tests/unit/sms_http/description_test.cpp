// Descriptions: those that are shipped, and every mistake somebody may make in one.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "sms_http/settings.hpp"
#include "support/whole_file.hpp"

namespace messo::sms_http {
namespace {

using ::testing::HasSubstr;

constexpr auto kSmall = R"(
name = "Prova"
base_url = "https://sms.example.it/"
[send]
path = "send"
[send.form]
to = "{{to}}"
[send.answer]
id = "/id"
)";

std::string problem(const std::string& toml) {
  const auto read = read_description(toml, "prova.toml");
  return read ? "taken" : read.error().message;
}
std::string with(const std::string& more) { return problem(kSmall + more); }

TEST(Descriptions, all_that_are_shipped_can_be_read) {
  std::vector<std::string> names;
  for (const auto& one : shipped_descriptions()) {
    names.emplace_back(one.name);
    const auto read = read_description(one.toml, "gateway " + std::string(one.name));
    EXPECT_TRUE(read) << read.error().message;
    EXPECT_EQ(one.toml, test::whole_file("plugins/sms_http/gateways/" + std::string(one.name) + ".toml"));
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("aruba", "generic", "skebby", "twilio", "vonage"));
}

TEST(Descriptions, one_may_be_like_another) {
  const auto& all = shipped_descriptions();
  const auto aruba = std::ranges::find(all, "aruba", &ShippedDescription::name);
  const auto read = read_description(aruba->toml, "aruba");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->base_url, "https://smspanel.aruba.it/API/v1.0/REST/");
  EXPECT_TRUE(read->sign_in.has_value());
  EXPECT_EQ(read->settings.size(), 2U);
  EXPECT_THAT(problem("like = \"nobody\""), HasSubstr("prova.toml:1: like: there is no gateway of that name; there are aruba, generic"));
}

TEST(Descriptions, the_smallest_is_taken) { EXPECT_EQ(problem(kSmall), "taken"); }

TEST(Descriptions, every_mistake_has_its_line_its_key_and_a_remedy) {
  EXPECT_THAT(problem("name = "), HasSubstr("prova.toml:1: this is not TOML"));
  EXPECT_THAT(problem("name = \"x\""), HasSubstr("base_url: is needed"));
  EXPECT_THAT(problem("name = \"x\""), HasSubstr("a table [send] is needed"));
  EXPECT_THAT(with("colour = 1\n"), HasSubstr("send.answer.colour: is not known here; known are: error, id, patterns, status, text"));
  EXPECT_THAT(with("[send.headers]\nX = \"{{number}}\"\n"),
              HasSubstr("prova.toml:11: send.headers.X: there is no value \"number\"; values are account,"));
  EXPECT_THAT(with("[send.headers]\n\"X:\" = \"1\"\n"), HasSubstr("is no name of a header"));
  EXPECT_THAT(with("[send.headers]\nContent-Length = \"1\"\n"), HasSubstr("is set by the plugin itself"));
  EXPECT_THAT(with("[check]\nmethod = \"TRACE\"\n"), HasSubstr("check.method: write \"GET\", \"POST\" or \"PUT\""));
  EXPECT_THAT(with("[check]\npath = \"a b\"\n"), HasSubstr("check.path: holds a blank"));
  EXPECT_THAT(with("[check]\njson = '{}'\n"), HasSubstr("check.method: a GET has no body"));
  EXPECT_THAT(with("[check]\nmethod = \"POST\"\njson = '{\"a\": {{to}}}'\n"), HasSubstr("text values belong in quotes"));
  EXPECT_THAT(with("[check]\nmethod = \"POST\"\njson = '{\"a\": {{segments}}}'\n"), HasSubstr("is no JSON when values are missing"));
  EXPECT_THAT(with("[[send.outcomes]]\nmeans = \"refused\"\n"), HasSubstr("has no condition"));
  EXPECT_THAT(with("[[send.outcomes]]\nhttp = [\"x\"]\nmeans = \"refused\"\n"),
              HasSubstr("send.outcomes.0.http: write statuses as 429 or \"5xx\""));
  EXPECT_THAT(with("[[send.outcomes]]\nhttp = [400]\nmeans = \"bad\"\n"), HasSubstr("means: write one of \"accepted\", \"try_later\""));
  EXPECT_THAT(with("[[send.outcomes]]\nerror = [1]\nmeans = \"refused\"\n"), HasSubstr("does not say where the error is"));
  EXPECT_THAT(with("[[send.outcomes]]\nhttp = [400]\nmeans = \"refused\"\ncode = \"a b\"\n"), HasSubstr("code: use at most 40"));
  EXPECT_THAT(with("[settings.to]\nmeaning = \"x\"\n"), HasSubstr("this name is taken"));
  EXPECT_THAT(with("[settings.a]\nmeaning = \"x\"\nchoices = [\"b\"]\ndefault = \"c\"\n"),
              HasSubstr("default: must be one of the choices"));
  EXPECT_THAT(with("[authentication]\nusername = \"{{account}}\"\n"), HasSubstr("HTTP Basic needs username and password"));
  EXPECT_THAT(with("[sign_in]\npath = \"login\"\n"), HasSubstr("sign_in.answer: is needed"));
  EXPECT_THAT(with("[balance]\npath = \"x\"\n"), HasSubstr("balance.answer: is needed"));
  EXPECT_THAT(with("[callback]\nid = \"id\"\n"), HasSubstr("callback.status: is needed"));
  EXPECT_THAT(with("[callback]\nstatus = \"s\"\n[callback.statuses]\nOK = \"delivered\"\n"), HasSubstr("which message a call is about"));
  EXPECT_THAT(with("[callback]\nid = \"/id\"\nstatus = \"s\"\n[callback.statuses]\nOK = \"delivered\"\n"), HasSubstr("the body a form"));
  EXPECT_THAT(with("[callback]\nid = \"i\"\nstatus = \"s\"\n[callback.statuses]\nOK = \"arrived\"\n"),
              HasSubstr("statuses.OK: write one of \"delivered\""));
  EXPECT_THAT(
      with("[callback]\nid = \"i\"\nstatus = \"s\"\n[callback.statuses]\nOK = \"read\"\n[callback.proof]\nkind = \"hmac\"\nheader = \"X\"\n"
           "secret = \"written here\"\n"),
      HasSubstr("callback.proof.secret: is needed as a value"));
  EXPECT_THAT(with("[validity]\nleast_seconds = 0\n"), HasSubstr("validity.least_seconds: write a number from 1 to 604800"));
  EXPECT_THAT(with("[callback]\nid = 5\n"), HasSubstr("callback.id: write a text, in quotes"));
  EXPECT_THAT(with("[secrets]\nA = \"x\"\n"), HasSubstr("use lower-case letters"));
}

TEST(Descriptions, many_mistakes_are_counted) {
  std::string many;
  for (int i = 0; i < 50; ++i) many += "k" + std::to_string(i) + " = 1\n";
  EXPECT_THAT(problem(many + kSmall), HasSubstr("; and 45 more"));
}

TEST(Descriptions, hostile_ones_are_refused_and_do_no_harm) {
  EXPECT_THAT(problem(std::string(70'000, '#')), HasSubstr("64 KiB"));
  EXPECT_THAT(problem("a" +
                      [] {
                        std::string deep;
                        for (int i = 0; i < 40; ++i) deep += ".a";
                        return deep;
                      }() +
                      " = 1\n"),
              HasSubstr("nested over 16 deep"));
  // Every beginning of a description is read or refused, and never more.
  for (const auto& one : shipped_descriptions()) {
    for (std::size_t length = 0; length < one.toml.size(); length += 53) {
      const auto said = problem(std::string(one.toml.substr(0, length)));
      EXPECT_FALSE(said.empty());
    }
  }
}

// ---- settings over a description ----

std::string setting_problem(const nlohmann::json& config) {
  const auto read = read_settings(config.dump());
  return read ? "taken" : read.error().message;
}
nlohmann::json twilio_config(const nlohmann::json& more = nlohmann::json::object()) {
  nlohmann::json out{{"gateway", "twilio"}, {"account", "AC1"}, {"password", "p"}};
  out.update(more);
  return out;
}

TEST(SmsHttpSettings, name_the_field_and_the_remedy) {
  EXPECT_EQ(setting_problem(twilio_config()), "taken");
  EXPECT_THAT(setting_problem(nlohmann::json::object()), HasSubstr("gateway: write either"));
  EXPECT_THAT(setting_problem(twilio_config({{"description", "/x"}})), HasSubstr("gateway: write either"));
  EXPECT_THAT(setting_problem({{"gateway", "x"}}),
              HasSubstr("there is no gateway \"x\"; there are aruba, generic, skebby, twilio, vonage"));
  EXPECT_THAT(setting_problem({{"description", "x.toml"}}), HasSubstr("description: must be absolute"));
  EXPECT_THAT(setting_problem({{"description", "/none/x.toml"}}), HasSubstr("/none/x.toml cannot be read"));
  EXPECT_THAT(setting_problem(twilio_config({{"account", ""}})), HasSubstr("account: is needed by Twilio"));
  EXPECT_THAT(setting_problem(twilio_config({{"password", ""}})), HasSubstr("password: is needed by Twilio"));
  EXPECT_THAT(setting_problem(twilio_config({{"base_url", "http://api.twilio.com/"}})), HasSubstr("base_url: must begin with https://"));
  EXPECT_THAT(setting_problem(twilio_config({{"base_url", "https://a:b@x/"}})), HasSubstr("base_url: must not hold a user name"));
  EXPECT_THAT(setting_problem(twilio_config({{"base_url", "file:///etc/passwd"}})), HasSubstr("base_url: must begin with https://"));
  EXPECT_THAT(setting_problem(twilio_config({{"base_url", "http://127.0.0.1.example.it/"}})),
              ::testing::AnyOf(HasSubstr("https://"), "taken"));
  EXPECT_THAT(setting_problem(twilio_config({{"callback_url", "https://x/?a=1"}})), HasSubstr("callback_url: must not hold ?"));
  EXPECT_THAT(setting_problem(twilio_config({{"ca_file", "/none"}})), HasSubstr("ca_file: /none cannot be read"));
  EXPECT_THAT(setting_problem(twilio_config({{"values", {{"x", "1"}}}})),
              HasSubstr("values.x: the description of Twilio has no such setting"));
  EXPECT_THAT(setting_problem(twilio_config({{"secrets", {{"x", "1"}}}})),
              HasSubstr("secrets.x: the description of Twilio has no such secret"));
  EXPECT_THAT(setting_problem(twilio_config({{"values", {{"api_key", "SK1"}}}})), HasSubstr("api_secret"));
  EXPECT_THAT(setting_problem({{"gateway", "skebby"}, {"account", "a"}, {"password", "b"}, {"values", {{"message_type", "XX"}}}}),
              HasSubstr("values.message_type: write one of \"GP\", \"TI\", \"SI\""));
}

TEST(SmsHttpSettings, receipts_are_expected_only_where_the_gateway_can_tell_them) {
  EXPECT_FALSE(read_settings(twilio_config().dump())->expects_receipts()) << "without an address to call";
  EXPECT_TRUE(read_settings(twilio_config({{"callback_url", "https://hub.example.it/v1/callbacks/x"}}).dump())->expects_receipts());
  const nlohmann::json skebby{{"gateway", "skebby"}, {"account", "a"}, {"password", "b"}};
  EXPECT_TRUE(read_settings(skebby.dump())->expects_receipts()) << "its address is set in the panel";
}

}  // namespace
}  // namespace messo::sms_http
