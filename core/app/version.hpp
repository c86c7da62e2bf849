// The version of the programs.
#pragma once
#include <string_view>

namespace messo {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace messo
