#include "api/sms_check.hpp"

#include <algorithm>

#include "api/job_check.hpp"
#include "config/sms_default_sender.hpp"
#include "model/sms_sender_choice.hpp"

namespace messo::api {
namespace {

// The first provider that may get SMS of the plan and would send them with an alias of its own which is not registered.
std::string refused_default(const std::vector<StepSpec>& plan, const Caller& caller) {
  for (const auto& [id, provider] : caller.directory->providers) {
    if (provider.channel != Channel::sms || !provider.enabled) continue;
    if (std::ranges::none_of(plan, [&](const StepSpec& step) { return serves_step(provider, step, caller.organisation->id); })) continue;
    auto refusal = refused_sms_sender(*caller.directory, caller.organisation->id, sms_default_sender(provider));
    if (!refusal.empty()) return refusal + " (it is the provider \"" + provider.key + "\" that sets it; the service has none)";
  }
  return {};
}

}  // namespace

void check_sms(const JobDraft& draft, const std::vector<StepSpec>& plan, const Caller& caller, Findings& findings) {
  if (auto fault = fault_for_sms(draft.recipient.phone_kind)) {
    findings.wrong("/recipient/phone", std::move(fault->message), std::move(fault->code));
  }
  if (caller.kind == KeyKind::test) return;
  const auto sender = sms_sender_of(*caller.directory, *caller.service);
  auto refusal = sender.empty() ? refused_default(plan, caller) : refused_sms_sender(*caller.directory, caller.organisation->id, sender);
  if (!refusal.empty()) findings.wrong("", std::move(refusal), "sms_alias_not_registered");
}

}  // namespace messo::api
