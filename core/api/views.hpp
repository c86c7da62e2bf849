// Model values as the API shows them (docs/openapi.yaml, components/schemas). Members without a value are left out.
#pragma once
#include <string>

#include "api/exchange.hpp"

namespace messo::api::views {

// Adds "name": value unless the text is empty or the value absent.
void put(Json& out, const char* name, std::string_view text);
void put(Json& out, const char* name, const std::optional<Instant>& at);

// {"self": ..., "cancel": ...}
Json notification_links(const std::string& base, NotificationId id, bool may_cancel);
Json summary(Exchange& exchange, const NotificationSummary& summary);
Json notification(Exchange& exchange, const NotificationView& view);
Json step(const StepSpec& spec, std::uint32_t position, StepState state);
Json recipient(const Recipient& recipient);
Json event(const Exchange& exchange, const Event& event);

Json template_version(const TemplateVersion& version);
// {"sms_segments_per_day": ..., "sms_cost_per_day": "120.00"}
Json sms_budget(const SmsBudget& budget);
Json organisation(const DirectorySnapshot& directory, const Organisation& organisation);
Json service(const DirectorySnapshot& directory, const Service& service);
Json key(const DirectorySnapshot& directory, const ApiKey& key);
Json provider(const DirectorySnapshot& directory, const Provider& provider, const ProviderView& state);
Json reasons(const HealthVerdict& verdict);

// "organisation/service"; "" for one that is gone.
std::string service_address(const DirectorySnapshot& directory, ServiceId id);
std::string organisation_key(const DirectorySnapshot& directory, OrganisationId id);
// Also of the hub's own provider for test keys, which is not in the directory.
std::string provider_key(const Exchange& exchange, ProviderId id);

}  // namespace messo::api::views
