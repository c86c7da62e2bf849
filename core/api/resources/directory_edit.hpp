// Changing the directory from a resource.
#pragma once
#include <functional>

#include "api/exchange.hpp"
#include "api/field_reader.hpp"

namespace messo::api::resources {

// Calls `edit` with the newest snapshot until its change commits on that very version; then rings. The change's actor is the caller.
// `edit` returns the sentence for the audit; an error of it ends the attempt.
Result<DirectoryPtr> edit_directory(Exchange& exchange,
                                    const std::function<Result<std::string>(const DirectorySnapshot&, DirectoryChange&)>& edit);

// The organisation a parameter or field names; by default the caller's own. Errors, with `field`: unknown, not the caller's to administer.
Result<const Organisation*> administered_organisation(const Exchange& exchange, std::optional<std::string_view> key,
                                                      const std::string& field);

// The region in which numbers of the organisation's people are read; the default one where there is no such organisation to administer.
std::string_view region_of(const Exchange& exchange, std::optional<std::string_view> organisation_key);

bool is_slug(std::string_view text);

// sms_segments_per_day and sms_cost_per_day of the limits of an organisation or a service.
SmsBudget read_sms_budget(FieldReader& limits, Findings& findings);

}  // namespace messo::api::resources
