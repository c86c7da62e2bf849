#include "api/address/address.hpp"

namespace messo::api {

Normalised normalise_address(Channel channel, std::string_view text, std::string_view region) {
  switch (channel) {
    case Channel::pec:
    case Channel::email: return normalise_email(text);
    case Channel::sms: return normalise_phone(text, region);
    case Channel::io: return normalise_fiscal_code(text);
    case Channel::push: return normalise_push_token(text);
    case Channel::webhook: return normalise_webhook(text);
  }
  return tl::unexpected(std::string("has a channel without addresses"));
}

}  // namespace messo::api
