// Who may call, and what a call says.
#include <gmock/gmock.h>

#include "base/hash.hpp"
#include "peers/twilio_peer.hpp"
#include "sms_http/callback.hpp"

namespace messo::sms_http {
namespace {

using plugin::TakesReceiptCalls;
using ::testing::HasSubstr;

constexpr auto kUrl = "https://hub.example.it/v1/callbacks/abc";

Settings settings_of(nlohmann::json config) {
  auto read = read_settings(config.dump());
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  return std::move(*read);
}
Settings twilio_settings() {
  return settings_of(
      {{"gateway", "twilio"}, {"account", peers::TwilioPeer::kAccount}, {"password", peers::TwilioPeer::kToken}, {"callback_url", kUrl}});
}

struct TestCall {
  std::string query, body, headers = "{}", url = kUrl;
  TakesReceiptCalls::Call get() const { return {"POST", "/v1/callbacks/abc", query, headers, body, "127.0.0.1", url}; }
};
TestCall signed_call(const std::string& status, const std::string& error = {}, const std::string& token = peers::TwilioPeer::kToken) {
  peers::TwilioPeer::Sent message;
  message.sid = "SM00000000000000000000000000000001";
  message.to = "+393331234567";
  message.callback = std::string(kUrl) + "?messo=0123456789abcdef";
  const auto made = peers::TwilioPeer::call(message, status, error, token);
  return {"messo=0123456789abcdef", made.body, nlohmann::json{{"x-twilio-signature", made.signature}}.dump(), made.url};
}

TEST(Callbacks, the_signature_is_that_of_twilios_documentation) {
  const Parameters body{
      {"To", "+18005551212"}, {"From", "+12349013030"}, {"Digits", "1234"}, {"Caller", "+12349013030"}, {"CallSid", "CA1234567890ABCDE"}};
  EXPECT_EQ(twilio_signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", body), "0/KCTR6DLpKmkAf8muzZqo1nDgQ=");
}

TEST(Callbacks, a_signed_call_makes_a_receipt_that_is_valid) {
  const auto answer = take_call(twilio_settings(), signed_call("delivered").get(), 1000);
  EXPECT_EQ(answer.status, 204U);
  ASSERT_EQ(answer.receipts.size(), 1U);
  const auto& receipt = answer.receipts[0];
  EXPECT_EQ(receipt.kind, MESSO_RECEIPT_DELIVERED);
  EXPECT_EQ(receipt.verification, MESSO_VALID);
  EXPECT_EQ(receipt.code, "sms.delivered");
  ASSERT_EQ(receipt.references.size(), 2U);
  EXPECT_EQ(receipt.references[0].value, "SM00000000000000000000000000000001");
  EXPECT_EQ(receipt.references[1].kind, "client-ref");
  EXPECT_EQ(receipt.references[1].value, "0123456789abcdef");
  EXPECT_EQ(take_call(twilio_settings(), signed_call("delivered").get(), 2000).receipts[0].dedupe_key, receipt.dedupe_key)
      << "the same call again";
  EXPECT_NE(take_call(twilio_settings(), signed_call("undelivered").get(), 2000).receipts[0].dedupe_key, receipt.dedupe_key);
}

TEST(Callbacks, a_call_that_does_not_prove_itself_is_refused_whatever_it_says) {
  auto call = signed_call("delivered", {}, "another token");
  EXPECT_EQ(take_call(twilio_settings(), call.get(), 0).status, 403U);
  EXPECT_TRUE(take_call(twilio_settings(), call.get(), 0).receipts.empty());
  call = signed_call("delivered");
  call.body += "&ErrorCode=1";
  EXPECT_EQ(take_call(twilio_settings(), call.get(), 0).status, 403U) << "a parameter more";
  call = signed_call("delivered");
  call.query = "messo=fedcba9876543210";
  call.url = std::string(kUrl) + "?" + call.query;
  EXPECT_EQ(take_call(twilio_settings(), call.get(), 0).status, 403U) << "another message's reference";
  call = signed_call("delivered");
  for (const char* headers : {"{}", "", "[]", R"({"x-twilio-signature": ""})", R"({"x-twilio-signature": 5})"}) {
    call.headers = headers;
    EXPECT_EQ(take_call(twilio_settings(), call.get(), 0).status, 403U) << headers;
  }
}

TEST(Callbacks, a_proxy_that_adds_a_port_does_no_harm) {
  auto config = twilio_settings();
  config.callback_url.clear();
  auto call = signed_call("delivered");
  call.url = "https://hub.example.it:443/v1/callbacks/abc?messo=0123456789abcdef";
  config.description.uses_callback_url = false;
  EXPECT_EQ(take_call(config, call.get(), 0).status, 204U);
}

TEST(Callbacks, statuses_and_errors_mean_what_the_description_says) {
  const auto told = [](const std::string& status, const std::string& error = {}) {
    return take_call(twilio_settings(), signed_call(status, error).get(), 0).receipts;
  };
  EXPECT_TRUE(told("sent").empty());
  EXPECT_TRUE(told("queued").empty());
  EXPECT_EQ(told("undelivered").at(0).code, "sms.undelivered");
  EXPECT_EQ(told("undelivered", "30003").at(0).public_text, "The message did not reach the phone. Code of the provider: 30003.");
  EXPECT_EQ(told("failed", "30005").at(0).scope, MESSO_SCOPE_DESTINATION);
  EXPECT_EQ(told("undelivered", "30007").at(0).code, "sms.rejected");
  EXPECT_EQ(told("read").at(0).milestone, MESSO_MILESTONE_READ);
  EXPECT_EQ(told("something new").at(0).code, "sms.unknown");
  EXPECT_EQ(told("something new").at(0).kind, MESSO_RECEIPT_MILESTONE);
  EXPECT_THAT(told("undelivered", "a number +393331234567").at(0).public_text, ::testing::Not(HasSubstr("333")))
      << "free text is not shown";
}

TEST(Callbacks, of_skebby_come_as_form_or_query_to_an_address_that_is_secret) {
  const auto skebby = settings_of({{"gateway", "skebby"}, {"account", "a"}, {"password", "b"}});
  const std::string said = "order_id=0190f3c2&status=DLVRD&recipient=%2B393331234567&delivery_date=20261122101010";
  for (const auto& call : {TestCall{said, {}}, TestCall{{}, said}}) {
    const auto answer = take_call(skebby, call.get(), 0);
    EXPECT_EQ(answer.status, 200U);
    ASSERT_EQ(answer.receipts.size(), 1U);
    EXPECT_EQ(answer.receipts[0].references[0].value, "0190f3c2");
    EXPECT_EQ(answer.receipts[0].raw, said);
  }
  EXPECT_EQ(take_call(skebby, TestCall{said, {}}.get(), 0).receipts.at(0).verification, MESSO_NOT_CHECKED);
  EXPECT_EQ(take_call(skebby, TestCall{"order_id=1&status=dlvrd", {}}.get(), 0).receipts.at(0).code, "sms.delivered");
  EXPECT_EQ(take_call(skebby, TestCall{"order_id=1&status=UNKNRCPT", {}}.get(), 0).receipts.at(0).scope, MESSO_SCOPE_DESTINATION);
}

TEST(Callbacks, of_gateways_that_sign_nothing_show_a_secret_in_the_address) {
  const auto skebby = settings_of({{"gateway", "skebby"}, {"account", "a"}, {"password", "b"}, {"callback_secret", "un segreto"}});
  const std::string said = "order_id=0190f3c2&status=DLVRD";
  EXPECT_EQ(take_call(skebby, TestCall{{}, said}.get(), 0).status, 403U);
  EXPECT_EQ(take_call(skebby, TestCall{"messo=altro", said}.get(), 0).status, 403U);
  for (const auto& call : {TestCall{"messo=un%20segreto", said}, TestCall{"messo=un+segreto&" + said, {}}}) {
    const auto answer = take_call(skebby, call.get(), 0);
    ASSERT_EQ(answer.receipts.size(), 1U);
    EXPECT_EQ(answer.receipts[0].verification, MESSO_VALID);
    EXPECT_EQ(answer.receipts[0].raw, said) << "the secret is not kept";
  }
}

Settings generic(const std::string& secret = "un segreto") {
  return settings_of({{"gateway", "generic"}, {"password", "p"}, {"callback_secret", secret}});
}
TestCall hmac_call(const std::string& body, const std::string& secret = "un segreto") {
  return {{}, body, nlohmann::json{{"x-signature", to_hex(as_text(hmac_sha256(secret, body)))}}.dump()};
}

TEST(Callbacks, in_json_are_signed_over_the_body) {
  const auto call = hmac_call(R"({"id": "m-1", "reference": "ff", "status": "DELIVERED"})");
  const auto answer = take_call(generic(), call.get(), 0);
  EXPECT_EQ(answer.status, 204U);
  ASSERT_EQ(answer.receipts.size(), 1U);
  EXPECT_EQ(answer.receipts[0].references.size(), 2U);
  EXPECT_EQ(take_call(generic(), hmac_call("{}", "another").get(), 0).status, 403U);
  EXPECT_EQ(
      take_call(generic(), hmac_call(R"([{"id": 1, "status": "FAILED"}, {"id": 2, "status": "DELIVERED"}])").get(), 0).receipts.size(), 2U);
}

TEST(Callbacks, that_cannot_be_read_make_no_receipt) {
  std::string deep(20'000, '[');
  for (const std::string& body :
       {std::string(), std::string("{}"), std::string("5"), std::string("{\"id\": \"m-1\""), deep, R"({"id": "m-1"})" + std::string(),
        R"({"status": "DELIVERED"})" + std::string(), R"({"id": ")" + std::string(300, 'x') + R"(", "status": "DELIVERED"})"}) {
    const auto answer = take_call(generic(), hmac_call(body).get(), 0);
    EXPECT_EQ(answer.status, 400U) << body.substr(0, 60);
    EXPECT_TRUE(answer.receipts.empty());
  }
}

TEST(Callbacks, nobody_expects_have_no_address) {
  auto config = twilio_settings();
  config.receipts = false;
  EXPECT_EQ(take_call(config, signed_call("delivered").get(), 0).status, 404U);
}

TEST(Callbacks, a_secret_in_a_parameter_is_checked_and_not_kept) {
  auto config = generic();
  auto& shape = *config.description.callback;
  shape.proof = CallbackShape::Proof::secret;
  shape.header.clear();
  shape.parameter = "chiave";
  shape.body = CallbackShape::Body::form;
  shape.id = "id", shape.reference.clear(), shape.status = "status", shape.error.clear();
  EXPECT_EQ(take_call(config, TestCall{"id=1&status=DELIVERED", {}}.get(), 0).status, 403U);
  EXPECT_EQ(take_call(config, TestCall{"id=1&status=DELIVERED&chiave=altro", {}}.get(), 0).status, 403U);
  const auto answer = take_call(config, TestCall{"id=1&status=DELIVERED&chiave=un+segreto", {}}.get(), 0);
  ASSERT_EQ(answer.receipts.size(), 1U);
  EXPECT_EQ(answer.receipts[0].raw, "id=1&status=DELIVERED");
}

TEST(Callbacks, forms_are_read_as_they_may_come) {
  EXPECT_EQ(form_parameters("a=1&b=%C3%A8+x&c&=d&&e=%zz%4"), (Parameters{{"a", "1"}, {"b", "è x"}, {"c", ""}, {"", "d"}, {"e", "%zz%4"}}));
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "a&";
  EXPECT_EQ(form_parameters(many).size(), 200U);
}

}  // namespace
}  // namespace messo::sms_http
