// What an administrator sets for a provider of SMS over HTTP, with the gateway's description read.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sms_http/description.hpp"
#include "sms_http/http_client.hpp"

namespace messo::sms_http {

struct Settings {
  Description description;
  std::string base_url;  // ends with "/"
  Values values;         // account, passwords, the description's settings and secrets: what every template may name
  std::string sender;
  std::string callback_url;
  bool receipts = true;
  unsigned connections = 4;
  HttpSettings http;

  // Whether the gateway will tell what became of a message.
  bool expects_receipts() const { return receipts && description.callback && (!description.uses_callback_url || !callback_url.empty()); }
  // Whether its calls name our own reference.
  bool told_by_reference() const { return expects_receipts() && !description.callback->reference.empty(); }
};

// `config_json` has been validated against schema.json. Reads the description's file. Error: a sentence naming field and remedy.
Result<Settings> read_settings(std::string_view config_json);

}  // namespace messo::sms_http
