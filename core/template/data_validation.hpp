// Checks a job's data against the template's declared variables, before anything is stored. Pure.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "template/variable.hpp"

namespace messo {

// Bounds of posted data.
inline constexpr std::size_t kLongestString = 2'000;  // characters, of type string
inline constexpr std::size_t kLongestText = 100'000;  // characters, of type text
inline constexpr std::size_t kLongestList = 1'000;    // elements
inline constexpr std::size_t kMostFieldErrors = 50;   // reported at once

// Every missing, misplaced or ill-typed field of `data`, each with a JSON pointer below `pointer` and a sentence with the remedy; never
// with the value itself. A field the template does not declare is an error: a mistyped optional field would otherwise vanish from the
// message unseen.
std::vector<FieldError> validate_data(const nlohmann::json& data, const Variable& variables, std::string_view pointer = "/data");
// One value against one variable.
std::vector<FieldError> validate_value(const nlohmann::json& value, const Variable& variable, std::string_view pointer);

// "a date like \"2026-11-22\"": what a value of the variable looks like.
std::string expectation(const Variable& variable);

}  // namespace messo
