// Whether a job's texts fit their channels, found out by writing them: at the post, when the sender can still mend it. Pure.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

#include "api/problem.hpp"
#include "template/compiled_version.hpp"

namespace messo::api {

// Renders each channel once, in the language that dispatch will ask for; `data` has passed validate_data. A part that cannot be written or
// breaks its channel's limits becomes a finding: at the member of `data` that is to be shortened where that mends it, else at "/template".
// Takes microseconds a channel; a text that is too long, some milliseconds at most. Returns the first channel's message.
RenderedMessage check_rendering(const CompiledVersion& version, std::span<const Channel> channels, std::string_view language,
                                const nlohmann::json& data, Findings& findings);

}  // namespace messo::api
