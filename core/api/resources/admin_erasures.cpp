#include <fmt/format.h>

#include "api/field_reader.hpp"
#include "api/job_check.hpp"
#include "api/resources/directory_edit.hpp"
#include "api/resources/resources.hpp"

namespace messo::api::resources {
namespace {

constexpr std::string_view kErasureFields[] = {"organisation", "recipient"};

void add_to(Erased& sum, const Erased& some) {
  sum.erased += some.erased;
  sum.cancelled += some.cancelled;
  sum.left += some.left;
  sum.suppressions += some.suppressions;
}

}  // namespace

// The answer and the audit hold numbers alone: who was erased must not be written down again.
Response erase_person(Exchange& exchange) {
  const auto body = body_of(exchange);
  if (!body) return body.error();
  Findings findings;
  FieldReader fields(*body, "", kErasureFields, findings);
  const auto named = fields.text("organisation", {63, false, false});
  if (fields.is_object() && !fields.has("recipient")) findings.malformed("/recipient", "is missing");
  Recipient person;
  if (const auto* recipient = fields.object("recipient")) {
    person = parse_recipient(*recipient, "/recipient", region_of(exchange, named), findings);
    if (findings.empty() && person.addresses.empty()) findings.wrong("/recipient", "has no address; give those that notifications went to");
  }
  if (!findings.empty()) return problem(exchange.request, findings);
  const auto organisation = administered_organisation(exchange, named, "/organisation");
  if (!organisation) return answer(exchange.request, organisation.error());

  Erased sum;
  for (const auto& [channel, address] : person.addresses) {
    const auto some =
        exchange.hub.parts.store.ledger().erase_person((*organisation)->id, address_hmac(**organisation, channel, address), exchange.now);
    if (!some) return answer(exchange.request, some.error());
    add_to(sum, *some);
  }
  if (sum.cancelled > 0) exchange.hub.events.ring();
  const auto noted = edit_directory(exchange, [&](const DirectorySnapshot&, DirectoryChange&) -> Result<std::string> {
    return fmt::format("organisation {}: a person's data erased ({} notifications, {} of them cancelled; {} left; {} suppressions)",
                       (*organisation)->key, sum.erased, sum.cancelled, sum.left, sum.suppressions);
  });
  if (!noted) return answer(exchange.request, noted.error());
  return answer({{"organisation", (*organisation)->key},
                 {"erased", sum.erased},
                 {"cancelled", sum.cancelled},
                 {"left", sum.left},
                 {"suppressions", sum.suppressions}});
}

}  // namespace messo::api::resources
