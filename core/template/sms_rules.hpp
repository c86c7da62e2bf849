// What a template says about its SMS ([sms] in template.toml), and how a rendered text is made to keep it. Pure.
#pragma once
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sms/text.hpp"

namespace messo {

struct SmsRules {
  sms::Policy policy = sms::Policy::transliterate;
  unsigned max_segments = 6;  // 1 to 255
};

// Writes `text` as it is sent and says how; the result's own `text` is left empty. Errors: those of sms::check, with field "sms.text".
Result<sms::Measured> apply_sms_rules(const SmsRules& rules, std::string& text);

// {"encoding", "segments", "units", "forced_by": [...], "changed": [{"from", "to", "count"}]}
nlohmann::json to_json(const sms::Measured& measured);

}  // namespace messo
