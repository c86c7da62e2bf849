// A gateway's calls: who may make them, and what they say. Pure functions of the call and the settings; calls are hostile.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messo_channel.hpp"
#include "sms_http/settings.hpp"

namespace messo::sms_http {

using Parameters = std::vector<std::pair<std::string, std::string>>;  // in the order of the call

// application/x-www-form-urlencoded (WHATWG URL §5.1), at most 200 pairs; what is no %XX stays as it is.
Parameters form_parameters(std::string_view encoded);

// X-Twilio-Signature: HMAC-SHA1 in base64 over the address and the sorted parameters of the body.
std::string twilio_signature(std::string_view auth_token, std::string_view url, const Parameters& body);

// 403 for a call that does not prove itself, before anything of it is read; 404 where no calls are expected; 400 for one that names no
// message or cannot be read; else the description's answer and a receipt for each report, which may be none.
plugin::TakesReceiptCalls::Answer take_call(const Settings& settings, const plugin::TakesReceiptCalls::Call& call, std::int64_t now_ms);

}  // namespace messo::sms_http
