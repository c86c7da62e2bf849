// A gateway as its description (TOML) has it: how to ask it to send a message, what its answers and its calls mean. README.md tells how to
// write one. Values; made by read_description(), immutable afterwards.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sms_http/answer.hpp"
#include "sms_http/text_template.hpp"

namespace messo::sms_http {

enum class NumberFormat : std::uint8_t { plus, digits, zeros };  // +39333..., 39333..., 0039333...

// A header, or a field of a form or query; one that renders empty is left out.
struct RequestField {
  std::string name;
  TextTemplate value;
};

struct RequestShape {
  std::string method = "GET";
  TextTemplate path;  // joined to the base address
  std::vector<RequestField> headers, query, form;
  std::optional<TextTemplate> json;
  std::optional<TextTemplate> username, password;  // HTTP Basic
};

// What an answer means: the first rule all of whose conditions hold decides.
struct AnswerRule {
  enum class Means : std::uint8_t { accepted, try_later, throttled, refused, account, unknown };
  enum class About : std::uint8_t { message, address };
  std::vector<std::pair<long, long>> http;  // ranges, from and to; none: any
  std::vector<std::string> status, error;   // none: any
  std::shared_ptr<const re2::RE2> text;     // found in the answer's text; null: any
  Means means = Means::refused;
  About about = About::message;
  std::string code;  // "no_credit"; empty: by the HTTP status
  std::chrono::seconds pause{0};
};

struct SignIn {
  RequestShape request;
  AnswerShape answer;            // every name it finds is a value of requests
  std::chrono::seconds idle{0};  // unused for longer: sign in again; 0: only after 401
};

struct BalanceShape {
  RequestShape request;
  AnswerShape answer;  // amount, messages
  std::string currency;
};

// What a call's status says of the message.
enum class ReportWord : std::uint8_t { delivered, undelivered, bad_address, expired, rejected, deleted, unknown, read, ignored };

struct CallbackShape {
  enum class Body : std::uint8_t { form, json };
  enum class Proof : std::uint8_t { address, secret, hmac, twilio };
  enum class Digest : std::uint8_t { sha1, sha256, sha512 };
  Body body = Body::form;
  std::string each;                          // JSON: pointer to a list of reports; "": the whole, or its elements
  std::string id, reference, status, error;  // parameters; those that begin with "/" are pointers into a JSON report
  std::map<std::string, ReportWord, std::less<>> statuses, errors;
  Proof proof = Proof::address;
  std::string header, parameter, prefix;  // where the secret or signature is
  Digest digest = Digest::sha256;
  bool optional = false;  // without a secret in the configuration calls are taken all the same, unproved
  bool base64 = false;    // the signature's form; else hexadecimal
  TextTemplate secret;
  long answer_status = 204;
  std::string answer_body;
};

// What [provider.config.values] may set.
struct DescribedSetting {
  std::string name, meaning, standard;
  bool required = false;
  std::vector<std::string> choices;  // of these only; NAME_CHOICE is then true in templates
};

struct Description {
  std::string name;
  std::string base_url;
  NumberFormat numbers = NumberFormat::plus;
  std::size_t reference_length = 32;                          // of our reference
  std::size_t most_characters = 0;                            // of a text; 0: any
  std::int64_t least_validity = 60, most_validity = 172'800;  // seconds, what {{validity_seconds}} is kept within
  std::vector<DescribedSetting> settings;
  std::vector<std::string> secrets;   // what [provider.config.secrets] may hold
  std::vector<RequestField> headers;  // of every request but sign_in
  std::optional<TextTemplate> username, password;
  std::optional<SignIn> sign_in;
  RequestShape send;
  AnswerShape answer;  // id, status, error, text
  std::vector<AnswerRule> rules;
  std::optional<RequestShape> check;  // tries the account; sends nothing
  std::optional<BalanceShape> balance;
  std::optional<CallbackShape> callback;
  bool uses_callback_url = false;  // the address is told with every message
};

// A description shipped with the plugin.
struct ShippedDescription {
  std::string_view name;
  std::string_view toml;
};
const std::vector<ShippedDescription>& shipped_descriptions();

// Reads a description. `name` is how messages call it: a path, or "gateway twilio". Error: one sentence for each of the first mistakes with
// line, key and remedy. Hostile input: at most 64 KiB, nothing recurses by its depth.
Result<Description> read_description(std::string_view toml, const std::string& name);

}  // namespace messo::sms_http
