// Sentences for people about a configuration that its schema refuses. Pure.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace messo {

// What `value` breaks of `schema`, at its JSON pointer `at` and below: unknown keys with the nearest known one, missing keys, types,
// bounds, choices, patterns. Knows the plain keywords of draft 7; what only if/then, anyOf and the like forbid is not found here.
void explain(const nlohmann::json& schema, const nlohmann::json& value, const std::string& at, std::vector<FieldError>& errors);

// The same for patterns alone, which `explain` tells too.
void explain_patterns(const nlohmann::json& schema, const nlohmann::json& value, const std::string& at, std::vector<FieldError>& errors);

// "a whole number from 1 to 65535", "a text", "one of \"none\", \"starttls\", \"implicit\"".
std::string expectation(const nlohmann::json& schema);

}  // namespace messo
