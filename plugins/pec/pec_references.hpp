// How receipts name a message: the kinds of its references (messo_reference).
#pragma once
#include <string_view>

namespace messo::pec {

inline constexpr std::string_view kMessageIdReference = "message-id";  // our Message-ID without brackets, as it was sent
inline constexpr std::string_view kPecIdReference = "pec-id";          // the provider's `identificativo`, learned from the accettazione

}  // namespace messo::pec
