#include "app/mail_header.hpp"

#include <Poco/Net/MessageHeader.h>
#include <Poco/RegularExpression.h>

namespace messo {

std::string decoded_field(const Poco::Net::MessageHeader& header, const std::string& name) {
  // RFC 2047 §6.2: white space between encoded words is not shown, which Poco forgets.
  static const Poco::RegularExpression kBetweenWords("\\?=\\s+=\\?");
  auto value = header.get(name, "");
  kBetweenWords.subst(value, "?==?", Poco::RegularExpression::RE_GLOBAL);
  return Poco::Net::MessageHeader::decodeWord(value);
}

}  // namespace messo
