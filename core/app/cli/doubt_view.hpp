// Doubts as people see them. Pure.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "base/time.hpp"

namespace messo::cli {

// The items of GET /v1/admin/doubts as a table, the oldest first.
std::string doubts_text(const nlohmann::json& items, Instant now);
// One doubt with attempts and timeline, and what to do next.
std::string doubt_text(const nlohmann::json& doubt, Instant now);

}  // namespace messo::cli
