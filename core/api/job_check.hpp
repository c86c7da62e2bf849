// A draft against its template and the directory -> the notification to accept. Pure.
#pragma once
#include <optional>

#include "api/caller.hpp"
#include "api/job_parser.hpp"

namespace messo::api {

struct CheckedJob {
  NewNotification notification;
  RenderedMessage message;  // of its first delivery
};

// The notification with everything but attachments and idempotency key, or nullopt with findings: data missing or ill-typed, a language or
// channel the template does not offer, no plan at all, an unknown pool, no step with an address, a text that breaks its channel's limits
// with this data (all channels that the plan can still use are rendered). The first usable step is worked; unusable ones before it are
// `skipped`. A step without legal effect never takes the place of one that has it (DESIGN §1, class). `caller.service` must be set.
std::optional<CheckedJob> check_job(JobDraft& draft, const CatalogueEntry& entry, const Caller& caller, Instant now, Findings& findings);

// Whether the provider serves such a step of the organisation.
bool serves_step(const Provider& provider, const StepSpec& step, OrganisationId organisation);
// PEC has legal effect among the channels of today.
bool has_legal_effect(Channel channel);
// 16 bytes: HMAC-SHA-256(organisation key, channel ":" address), cut.
std::string address_hmac(const Organisation& organisation, Channel channel, std::string_view address);
// Whether a text for `language` is there, not only the default language's; empty when not, else the language to render in.
std::string offered_language(const TemplateDefinition& definition, Channel channel, std::string_view wanted);

}  // namespace messo::api
