// How an SMS is sent, for people. Pure.
#pragma once
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace messo::cli {

// Lines "Encoding:   gsm7 ..." from what the API calls SmsSize; what is empty is left out.
std::string sms_lines(const nlohmann::json& size);

}  // namespace messo::cli
