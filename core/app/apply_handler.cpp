#include "app/apply_handler.hpp"

namespace messo {
namespace {

using nlohmann::json;

Error mistakes(const Problems& problems) {
  Error error = to_error(problems);
  error.code = "bad_document";
  error.message =
      std::to_string(problems.size()) + (problems.size() == 1 ? " mistake" : " mistakes") + " in the document; nothing was changed.";
  return error;
}

DirectoryChange change_from(ApplyPlan plan, const std::string& actor) {
  DirectoryChange change;
  change.organisations = std::move(plan.organisations);
  change.services = std::move(plan.services);
  change.keys = std::move(plan.keys);
  change.providers = std::move(plan.providers);
  change.pauses = std::move(plan.pauses);
  change.resumed = std::move(plan.resumed);
  change.sms_senders = std::move(plan.sms_senders);
  change.actor = actor + " via messo apply";
  change.audit = std::move(plan.sentences);
  return change;
}

class Applier {
 public:
  Applier(DirectoryStore& directory, ProviderConfigCheck check, const Clock& clock)
      : directory_(directory), check_(std::move(check)), clock_(clock) {}

  Result<json> run(const json& document, bool dry_run, const std::string& actor) const {
    constexpr int kTries = 5;
    const auto parsed = parse_apply_document(Document{{}, document, {}});
    if (!parsed) return fail(mistakes(parsed.error()));
    for (int attempt = 1;; ++attempt) {
      const auto snapshot = directory_.snapshot();
      auto plan = plan_apply(*parsed, *snapshot, check_, clock_.now());
      if (!plan) return fail(mistakes(plan.error()));
      json answer{{"dry_run", dry_run}, {"version", snapshot->version}, {"changes", plan->sentences}};
      if (!plan->warnings.empty()) answer["warnings"] = plan->warnings;
      if (dry_run || plan->empty()) return answer;
      const auto base = plan->base_version;
      const auto changed = directory_.apply(change_from(std::move(*plan), actor), base, clock_.now());
      if (changed) {
        answer["version"] = (*changed)->version;
        return answer;
      }
      if (changed.error().code != "directory_changed" || attempt == kTries) return fail(Error(changed.error()));
    }
  }

 private:
  DirectoryStore& directory_;
  ProviderConfigCheck check_;
  const Clock& clock_;
};

}  // namespace

api::ApplyHandler make_apply_handler(DirectoryStore& directory, ProviderConfigCheck check, const Clock& clock) {
  return [applier = std::make_shared<Applier>(directory, std::move(check), clock)](
             const json& document, bool dry_run, const std::string& actor) { return applier->run(document, dry_run, actor); };
}

}  // namespace messo
