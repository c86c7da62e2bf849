// Whether a call comes from the gateway.
#pragma once
#include "sms_http/callback.hpp"

namespace messo::sms_http {

// By the description's [callback.proof], in constant time. `headers`: names in lower case.
bool proves_itself(const Settings& settings, const plugin::TakesReceiptCalls::Call& call, const Values& headers);

}  // namespace messo::sms_http
