// Puts a rendered message together for its provider (pure).
#pragma once
#include "dispatch/renderer.hpp"
#include "model/directory.hpp"

namespace messo {

// From, name and reply-to are the service's sender for the channel (sms_sender_of for SMS); empty ones leave it to the provider. `delivery`
// is consumed. `answer_by` is for whoever submits it to set. Errors: invalid "no_address" when the content holds no address for the channel
// (it was erased).
Result<OutgoingMessage> build_message(LeasedDelivery&& delivery, std::vector<OutgoingPart>&& parts, const DirectorySnapshot& directory);

// {"reference","protocol","case","organisation","organisation_name","service"} as far as known; for App IO also "fiscal_code".
std::string message_meta(const LeasedDelivery& delivery, const DirectorySnapshot& directory);

}  // namespace messo
