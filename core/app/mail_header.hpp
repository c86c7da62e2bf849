// Header fields of mail as people read them.
#pragma once
#include <string>

namespace Poco::Net {
class MessageHeader;
}

namespace messo {

// The field's value with its encoded words (RFC 2047) decoded; "" when there is none.
std::string decoded_field(const Poco::Net::MessageHeader& header, const std::string& name);

}  // namespace messo
