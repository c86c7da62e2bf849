// Whether a call comes from the gateway.
#pragma once
#include "sms_http/callback.hpp"

namespace messo::sms_http {

// By the description's [callback.proof], in constant time; nullopt: it does not prove itself. Who knows no more than the address, where
// no proof is asked for, is NOT_CHECKED. `headers`: names in lower case.
std::optional<messo_verification> proof_of(const Settings& settings, const plugin::TakesReceiptCalls::Call& call, const Values& headers);

}  // namespace messo::sms_http
