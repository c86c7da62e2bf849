#include "template/sms_rules.hpp"

#include <nlohmann/json.hpp>

namespace messo {

Result<sms::Measured> apply_sms_rules(const SmsRules& rules, std::string& text) {
  auto measured = sms::measure(text, rules.policy);
  if (auto fits = sms::check(measured, rules.policy, rules.max_segments); !fits) {
    auto& error = fits.error();
    error.message.insert(0, "sms.text: ");
    error.fields.push_back({"sms.text", error.message});
    return fail(std::move(error));
  }
  text = std::move(measured.text);
  measured.text.clear();
  return measured;
}

nlohmann::json to_json(const sms::Measured& measured) {
  auto changed = nlohmann::json::array();
  for (const auto& change : measured.changed) changed.push_back({{"from", change.from}, {"to", change.to}, {"count", change.count}});
  return {{"encoding", sms::to_string(measured.encoding)},
          {"segments", measured.segments},
          {"units", measured.units},
          {"forced_by", measured.forced_by},
          {"changed", std::move(changed)}};
}

}  // namespace messo
