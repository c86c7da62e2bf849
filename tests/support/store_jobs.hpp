// Jobs, people and providers for tests over a store. Header-only, values only.
#pragma once
#include <string>

#include "store/store.hpp"

namespace messo::testing {

inline std::string some_hmac(std::string_view of) { return std::string(as_text(sha256(of)).substr(0, 16)); }

// Who sends in a test.
struct Sending {
  OrganisationId organisation = OrganisationId::make(from_unix_ms(1));
  ServiceId service = ServiceId::make(from_unix_ms(1));
  KeyId key = KeyId::make(from_unix_ms(1));
};

// An email to one citizen, due at once, that expires after three days. Change what the test is about.
inline NewNotification email_job(const Sending& who, Instant now, std::string_view address = "anna@example.org") {
  NewNotification n;
  n.id = NotificationId::make(now);
  n.organisation = who.organisation;
  n.service = who.service;
  n.key = who.key;
  n.template_version = TemplateVersionId::make(now);
  n.template_key = "avvio-procedimento";
  n.language = "it";
  n.accepted_at = now;
  n.recipient = {"Anna Rossi", "it", "", {{Channel::email, std::string(address)}}};
  n.data_json = R"({"pratica":"SUE-2026-17"})";
  NewStep step;
  step.id = StepId::make(now);
  step.spec.channel = Channel::email;
  n.steps.push_back(step);
  n.delivery = {DeliveryId::make(now), step.id, Channel::email, "email", some_hmac(address), now, now + std::chrono::hours{72}};
  return n;
}

// The same job over another channel, and its pool.
inline NewNotification on_channel(Channel channel, NewNotification job) {
  job.steps[0].spec.channel = channel;
  job.delivery.channel = channel;
  job.delivery.pool = to_string(channel);
  return job;
}

inline Outcome sent_outcome() {
  Outcome o;
  o.kind = OutcomeKind::sent;
  o.code = "smtp.250";
  return o;
}
inline Outcome outcome_of(OutcomeKind kind, std::string code = "test.code") {
  Outcome o;
  o.kind = kind;
  o.code = std::move(code);
  return o;
}

}  // namespace messo::testing
