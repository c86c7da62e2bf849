// JSON from strangers (RFC 8259): bounded and unambiguous. Pure.
#pragma once
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.hpp"
#include "template/quick_json.hpp"

namespace messo::api {

// Errors: invalid, with codes "not_json" (with the byte where it goes wrong), "json_duplicate", "json_too_deep", "json_too_many_values",
// "json_control" (a control character other than tab and line breaks inside a text); the field is the JSON pointer where known.
Result<nlohmann::json> parse_json(std::string_view text, const JsonLimits& limits = {});

}  // namespace messo::api
