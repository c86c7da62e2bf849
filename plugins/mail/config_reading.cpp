#include "mail/config_reading.hpp"

#include <algorithm>

namespace messo::mail {

tl::unexpected<Error> wrong_field(std::string_view field, std::string_view remedy) {
  auto pointer = "/" + std::string(field);
  std::ranges::replace(pointer, '.', '/');
  return fail_field(std::move(pointer), "bad_config", std::string(field) + ": " + std::string(remedy));
}

}  // namespace messo::mail
