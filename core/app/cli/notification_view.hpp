// A notification as people see it. Pure.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace messo::cli {

// `Notification` of the API: who, what, how far, timeline.
std::string notification_text(const nlohmann::json& notification);
// One line of the timeline or of `messo tail`: "2026-11-22 10:00:03  outcome  sent  provider=relay".
std::string event_line(const nlohmann::json& event);
// What a status means, for people: "kept by test mode, nobody got anything".
std::string status_meaning(const std::string& status);
bool is_final_status(const std::string& status);
// Ended, and not as hoped.
bool is_bad_end(const std::string& status);

}  // namespace messo::cli
