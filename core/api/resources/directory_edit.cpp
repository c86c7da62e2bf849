#include "api/resources/directory_edit.hpp"

#include "template/definition.hpp"

namespace messo::api::resources {

Result<DirectoryPtr> edit_directory(Exchange& exchange,
                                    const std::function<Result<std::string>(const DirectorySnapshot&, DirectoryChange&)>& edit) {
  auto& directory = exchange.hub.parts.store.directory();
  Result<DirectoryPtr> applied = fail(ErrorKind::conflict, "directory_changed", "Others are changing the same things; try again.");
  for (int attempt = 0; attempt < 10; ++attempt) {
    const auto snapshot = directory.snapshot();
    DirectoryChange change;
    auto sentence = edit(*snapshot, change);
    if (!sentence) return fail(sentence.error());
    if (sentence->empty()) return snapshot;
    change.actor = exchange.caller.actor;
    change.audit.push_back(*std::move(sentence));
    applied = directory.apply(change, snapshot->version, exchange.now);
    if (applied || applied.error().code != "directory_changed") break;
  }
  if (applied) exchange.hub.ring_changed();
  return applied;
}

Result<const Organisation*> administered_organisation(const Exchange& exchange, std::optional<std::string_view> key,
                                                      const std::string& field) {
  if (!key) {
    if (exchange.caller.organisation != nullptr) return exchange.caller.organisation;
    return fail_field(field, "organisation_missing", "say which organisation");
  }
  const auto* found = exchange.directory().organisation_by_key(*key);
  if (found == nullptr || !exchange.caller.administers(found->id))
    return fail_field(field, "no_such_organisation", "there is no such organisation");
  return found;
}

std::string_view region_of(const Exchange& exchange, std::optional<std::string_view> organisation_key) {
  const auto organisation = administered_organisation(exchange, organisation_key, "");
  return organisation ? exchange.directory().region_of((*organisation)->id) : kDefaultRegion;
}

// Directory keys and template keys follow one pattern.
bool is_slug(std::string_view text) { return is_template_key(text); }

SmsBudget read_sms_budget(FieldReader& limits, Findings& findings) {
  SmsBudget out;
  out.segments_per_day = static_cast<std::uint64_t>(limits.integer("sms_segments_per_day", 0, 1'000'000'000'000).value_or(0));
  if (const auto text = limits.text("sms_cost_per_day", {20, false, false})) {
    const auto amount = parse_euro(*text);
    if (!amount) findings.wrong(limits.at("sms_cost_per_day"), "must be an amount in EUR, like \"120.00\"");
    out.cost_per_day = amount.value_or(0);
  }
  return out;
}

}  // namespace messo::api::resources
