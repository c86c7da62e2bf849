#include "peers/twilio_peer.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "base/hash.hpp"
#include "base/valijson.hpp"

namespace messo::peers {
namespace {

using Api = nlohmann::json;

constexpr auto kMessages = "/2010-04-01/Accounts/{AccountSid}/Messages.json";

// OpenAPI 3.0 says "nullable" where JSON Schema lists the type null, and refers to its own parts.
Api as_json_schema(const Api& api, const Api& schema, bool closed, unsigned depth = 0) {
  if (depth > 20) throw std::runtime_error("the description refers to itself");
  if (schema.contains("$ref")) {
    const auto pointer = schema.at("$ref").get<std::string>().substr(1);
    return as_json_schema(api, api.at(Api::json_pointer(pointer)), closed, depth + 1);
  }
  Api out = schema;
  out.erase("format");
  out.erase("x-twilio");
  if (schema.value("nullable", false)) out["type"] = {schema.at("type"), "null"};
  if (schema.contains("properties")) {
    for (const auto& [name, property] : schema.at("properties").items())
      out["properties"][name] = as_json_schema(api, property, closed, depth + 1);
    if (closed) out["additionalProperties"] = false;
  }
  if (schema.contains("items")) out["items"] = as_json_schema(api, schema.at("items"), closed, depth + 1);
  return out;
}

const Api& resolved(const Api& api, const Api& schema) {
  return schema.contains("$ref") ? api.at(Api::json_pointer(schema.at("$ref").get<std::string>().substr(1))) : schema;
}

std::string base64_hmac_sha1(std::string_view key, std::string_view text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), out,
       &length);
  return to_base64({reinterpret_cast<const char*>(out), length});
}

PeerReply problem_reply(int status, int code, const std::string& message) {
  return {status, Api{{"code", code},
                      {"message", message},
                      {"more_info", "https://www.twilio.com/docs/errors/" + std::to_string(code)},
                      {"status", status}}
                      .dump()};
}

}  // namespace

std::string openapi_problem(const Api& api, const Api& schema, const Api& value, bool closed) {
  valijson::Schema parsed;
  const Api draft = as_json_schema(api, schema, closed);
  valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(valijson::adapters::NlohmannJsonAdapter(draft), parsed);
  valijson::ValidationResults results;
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  if (validator.validate(parsed, valijson::adapters::NlohmannJsonAdapter(value), &results)) return {};
  std::string out;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    for (const auto& step : error.context) out += step;
    out += ": " + error.description + "\n";
  }
  return out;
}

TwilioPeer::TwilioPeer(const std::string& openapi_file)
    : api_(Api::parse(std::ifstream(openapi_file))), server_([this](const PeerRequest& request) { return handle(request); }) {}

void TwilioPeer::next(PeerReply reply, bool kept) {
  const std::scoped_lock hold(mutex_);
  next_.emplace_back(std::move(reply), kept);
}

void TwilioPeer::before_answers(Before before) {
  const std::scoped_lock hold(mutex_);
  before_ = std::move(before);
}

std::vector<TwilioPeer::Sent> TwilioPeer::sent() const {
  const std::scoped_lock hold(mutex_);
  return sent_;
}
std::size_t TwilioPeer::requests() const {
  const std::scoped_lock hold(mutex_);
  return requests_;
}
std::vector<std::string> TwilioPeer::problems() const {
  const std::scoped_lock hold(mutex_);
  return problems_;
}

PeerReply TwilioPeer::handle(const PeerRequest& request) {
  const auto basic = "Basic " + to_base64(std::string(kAccount) + ":" + kToken);
  const auto given = request.headers.find("authorization");
  if (given == request.headers.end() || given->second != basic) return problem_reply(401, 20003, "Authenticate");
  const auto account = "/2010-04-01/Accounts/" + std::string(kAccount);
  if (request.method == "POST" && request.path == account + "/Messages.json") return create(request);
  if (request.method == "GET" && request.path == account + ".json") return {200, R"({"status":"active"})"};
  if (request.method == "GET" && request.path == account + "/Balance.json") return {200, R"({"currency":"EUR","balance":"12.34"})"};
  return problem_reply(404, 20404, "The requested resource was not found");
}

// A form's values are texts; the description says what they stand for.
void TwilioPeer::check_form(const PeerPairs& form) {
  const Api& schema =
      api_.at("paths").at(kMessages).at("post").at("requestBody").at("content").at("application/x-www-form-urlencoded").at("schema");
  Api value = Api::object();
  for (const auto& [name, text] : form) {
    const Api property = schema.at("properties").value(name, Api::object());
    const auto type = resolved(api_, property).value("type", "string");
    const bool number = type == "integer" && !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (value.contains(name)) problems_.push_back("the form has " + name + " twice");
    if (number) {
      value[name] = std::stoll(text);
    } else if (type == "boolean" && (text == "true" || text == "false")) {
      value[name] = text == "true";
    } else {
      value[name] = text;
    }
  }
  if (auto problem = openapi_problem(api_, schema, value, true); !problem.empty()) problems_.push_back("request: " + problem);
}

Api TwilioPeer::message_json(const Sent& message) const {
  const auto optional = [](const std::string& text) { return text.empty() ? Api(nullptr) : Api(text); };
  const auto service = value_of(message.form, "MessagingServiceSid");
  const auto own = "/2010-04-01/Accounts/" + std::string(kAccount) + "/Messages/" + message.sid;
  return {{"account_sid", kAccount},
          {"api_version", "2010-04-01"},
          {"body", message.body},
          {"date_created", "Sun, 22 Nov 2026 05:01:45 +0000"},
          {"date_sent", nullptr},
          {"date_updated", "Sun, 22 Nov 2026 05:01:45 +0000"},
          {"direction", "outbound-api"},
          {"error_code", nullptr},
          {"error_message", nullptr},
          {"from", optional(message.from)},
          {"messaging_service_sid", optional(service)},
          {"num_media", "0"},
          {"num_segments", "1"},
          {"price", nullptr},
          {"price_unit", nullptr},
          {"sid", message.sid},
          {"status", "queued"},
          {"subresource_uris", {{"media", own + "/Media.json"}}},
          {"to", message.to},
          {"uri", own + ".json"}};
}

PeerReply TwilioPeer::create(const PeerRequest& request) {
  std::unique_lock hold(mutex_);
  ++requests_;
  const auto form = decoded_pairs(request.body);
  if (request.headers.count("content-type") == 0 || request.headers.at("content-type") != "application/x-www-form-urlencoded")
    problems_.push_back("request: the content type is not that of a form");
  check_form(form);
  std::optional<std::pair<PeerReply, bool>> instead;
  if (!next_.empty()) {
    instead = next_.front();
    next_.pop_front();
    if (!instead->second) return instead->first;
  }
  char sid[35];
  std::snprintf(sid, sizeof sid, "SM%032zx", sent_.size() + 1);
  const Sent made{sid, value_of(form, "To"), value_of(form, "Body"), value_of(form, "From"), value_of(form, "StatusCallback"), form};
  sent_.push_back(made);
  if (before_) {
    const auto before = before_;
    hold.unlock();
    before(made);
    hold.lock();
  }
  if (instead) return instead->first;
  const Api answer = message_json(made);
  const Api& schema = api_.at("paths").at(kMessages).at("post").at("responses").at("201").at("content").at("application/json").at("schema");
  if (auto problem = openapi_problem(api_, schema, answer, true); !problem.empty()) problems_.push_back("answer: " + problem);
  return {201, answer.dump()};
}

TwilioPeer::Call TwilioPeer::call(const Sent& message, const std::string& status, const std::string& error, const std::string& token) {
  PeerPairs form{{"SmsSid", message.sid},     {"SmsStatus", status},    {"MessageStatus", status}, {"To", message.to},
                 {"MessageSid", message.sid}, {"AccountSid", kAccount}, {"From", message.from},    {"ApiVersion", "2010-04-01"}};
  if (!error.empty()) form.emplace_back("ErrorCode", error);
  std::map<std::string, std::string> sorted(form.begin(), form.end());
  std::string text = message.callback;
  for (const auto& [name, value] : sorted) text += name + value;
  return {message.callback, encoded_pairs(form), base64_hmac_sha1(token, text)};
}

}  // namespace messo::peers
