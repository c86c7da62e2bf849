// Countries and territories of ISO 3166-1. Pure.
#pragma once
#include <string_view>

namespace messo {

// Whether `code` is an alpha-2 code of ISO 3166-1, upper case: "IT", "SM".
bool is_region(std::string_view code);

}  // namespace messo
