#include "api/job_check.hpp"

#include <algorithm>

#include "api/job_rendering.hpp"
#include "api/sms_check.hpp"
#include "base/hash.hpp"
#include "template/data_validation.hpp"
#include "template/quick_json.hpp"

namespace messo::api {
namespace {

// Where a channel's address comes from, as the sender knows it.
std::string_view recipient_field(Channel channel) {
  switch (channel) {
    case Channel::sms: return "phone";
    case Channel::io: return "fiscal_code";
    default: return to_string(channel);
  }
}

bool same_tag(std::string_view a, std::string_view b) { return http::same_name(a, b); }

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

bool pool_exists(const DirectorySnapshot& directory, const StepSpec& step, OrganisationId organisation) {
  return std::any_of(directory.providers.begin(), directory.providers.end(),
                     [&](const auto& entry) { return serves_step(entry.second, step, organisation); });
}

// Steps with an address and a text, in order; why the others have not.
class StepChoice {
 public:
  StepChoice(const JobDraft& draft, const TemplateDefinition& definition) : draft_(draft), definition_(definition) {}

  // The index of the step to work, or nullopt.
  std::optional<std::size_t> choose(const std::vector<StepSpec>& plan) {
    bool legal_skipped = false;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      const auto channel = plan[i].channel;
      if (legal_skipped && !has_legal_effect(channel)) continue;
      if (usable(channel)) return i;
      legal_skipped = legal_skipped || (definition_.template_class == TemplateClass::legal && has_legal_effect(channel));
    }
    return {};
  }
  const std::string& language() const { return language_; }
  // Each channel once that the plan can use, `worked` being the first step that is.
  std::vector<Channel> channels(const std::vector<StepSpec>& plan, std::size_t worked) const {
    std::vector<Channel> out;
    for (std::size_t i = worked; i < plan.size(); ++i) {
      const auto channel = plan[i].channel;
      const bool known = std::find(out.begin(), out.end(), channel) != out.end();
      if (!known && draft_.recipient.addresses.contains(channel) && !definition_.choose_language(channel, language_).empty()) {
        out.push_back(channel);
      }
    }
    return out;
  }
  // "recipient.email, recipient.phone"
  std::string missing() const { return join(missing_); }

 private:
  bool usable(Channel channel) {
    if (!draft_.recipient.addresses.contains(channel)) {
      missing_.push_back("recipient." + std::string(recipient_field(channel)));
      return false;
    }
    const auto& wanted = draft_.recipient.language.empty() ? definition_.default_language : draft_.recipient.language;
    language_ = offered_language(definition_, channel, wanted);
    return !language_.empty();
  }
  const JobDraft& draft_;
  const TemplateDefinition& definition_;
  std::string language_;
  std::vector<std::string> missing_;
};

// "email, sms"
std::string channels_of(const TemplateDefinition& definition) {
  std::vector<std::string> out;
  for (const auto channel : kChannels) {
    if (!definition.choose_language(channel, definition.default_language).empty()) out.emplace_back(to_string(channel));
  }
  return join(out);
}

void check_plan(const JobDraft& draft, const TemplateDefinition& definition, const Caller& caller, Findings& findings) {
  if (!draft.plan) {
    if (definition.plan.empty()) {
      findings.wrong("/plan", "is missing and the template has none of its own: give steps with channels of the template, which has " +
                                  channels_of(definition));
    }
    return;
  }
  for (std::size_t i = 0; i < draft.plan->size(); ++i) {
    const auto& step = (*draft.plan)[i];
    const auto at = "/plan/" + std::to_string(i);
    if (definition.choose_language(step.channel, definition.default_language).empty()) {
      findings.wrong(at + "/channel", "the template has no text for this channel; it has " + channels_of(definition));
    }
    if (!step.pool.empty() && step.pool != to_string(step.channel) && !pool_exists(*caller.directory, step, caller.organisation->id)) {
      findings.wrong(at + "/pool", "no provider of this channel serves such a pool; leave it out for the usual one");
    }
  }
}

void check_language(const JobDraft& draft, const TemplateDefinition& definition, Findings& findings) {
  const auto& wanted = draft.recipient.language;
  if (wanted.empty()) return;
  const bool offered = std::any_of(kChannels.begin(), kChannels.end(),
                                   [&](Channel channel) { return !offered_language(definition, channel, wanted).empty(); });
  if (!offered)
    findings.wrong("/recipient/language", "the template has no text in this language; it offers " + join(definition.languages()));
}

NewNotification compose(JobDraft& draft, const CatalogueEntry& entry, const Caller& caller, Instant now) {
  NewNotification out;
  out.id = NotificationId::make(now);
  out.organisation = caller.organisation->id;
  out.service = caller.service->id;
  out.key = caller.key;
  out.kind = caller.kind;
  out.template_version = entry.version.id;
  out.template_key = entry.version.key;
  out.template_class = entry.version.template_class;
  out.priority = draft.priority;
  out.accepted_at = now;
  out.send_at = draft.send_at;
  out.reference = std::move(draft.reference);
  out.protocol = std::move(draft.protocol);
  out.case_file = std::move(draft.case_file);
  out.labels = std::move(draft.labels);
  out.recipient = std::move(draft.recipient);
  append_json(out.data_json, draft.data);
  return out;
}

NewDelivery first_delivery(const NewNotification& notification, const NewStep& step, const JobDraft& draft, const Caller& caller,
                           Instant now) {
  NewDelivery delivery;
  delivery.id = DeliveryId::make(now);
  delivery.step = step.id;
  delivery.channel = step.spec.channel;
  // Test keys go the whole way to a simulated provider, whatever the plan says.
  delivery.pool = caller.kind == KeyKind::test ? "test"
                  : step.spec.pool.empty()     ? std::string(to_string(step.spec.channel))
                                               : step.spec.pool;
  delivery.address_hmac = address_hmac(*caller.organisation, delivery.channel, notification.recipient.addresses.at(delivery.channel));
  delivery.due_at = std::max(now, draft.send_at.value_or(now));
  delivery.expires_at = draft.expires_at.value_or(delivery.due_at + default_expiry(delivery.channel, draft.priority));
  return delivery;
}

}  // namespace

bool serves_step(const Provider& provider, const StepSpec& step, OrganisationId organisation) {
  const std::string_view pool = step.pool.empty() ? to_string(step.channel) : std::string_view(step.pool);
  return !provider.retired && provider.channel == step.channel && provider.pool == pool && provider.serves(organisation);
}

bool has_legal_effect(Channel channel) { return channel == Channel::pec; }

std::string address_hmac(const Organisation& organisation, Channel channel, std::string_view address) {
  std::string text(to_string(channel));
  text.append(":").append(address);
  const auto digest = hmac_sha256(organisation.hmac_key.reveal(), text);
  return std::string(as_text(digest).substr(0, 16));
}

std::string offered_language(const TemplateDefinition& definition, Channel channel, std::string_view wanted) {
  auto chosen = definition.choose_language(channel, wanted);
  const auto primary = wanted.substr(0, wanted.find('-'));
  for (std::size_t from = 0; from < chosen.size();) {
    const auto dash = std::min(chosen.find('-', from), chosen.size());
    if (same_tag(std::string_view(chosen).substr(from, dash - from), primary)) return chosen;
    from = dash + 1;
  }
  return same_tag(chosen, wanted) ? chosen : std::string();
}

std::optional<CheckedJob> check_job(JobDraft& draft, const CatalogueEntry& entry, const Caller& caller, Instant now, Findings& findings) {
  const auto& definition = entry.compiled->definition();
  findings.wrong(validate_data(draft.data, definition.variables));
  check_language(draft, definition, findings);
  check_plan(draft, definition, caller, findings);
  const auto& plan = draft.plan ? *draft.plan : definition.plan;
  StepChoice choice(draft, definition);
  const auto worked = choice.choose(plan);
  if (!worked && !plan.empty() && !findings.inside("/recipient")) {  // an address that is wrong was named already
    const auto missing = choice.missing();
    findings.wrong("/recipient", missing.empty() ? "no step of the plan can be used in this language"
                                                 : "no step of the plan can be used: give one of " + missing);
  }
  const auto channels = worked ? choice.channels(plan, *worked) : std::vector<Channel>();
  if (std::find(channels.begin(), channels.end(), Channel::sms) != channels.end()) check_sms(draft, plan, caller, findings);
  CheckedJob checked;
  if (findings.empty()) {
    checked.message = check_rendering(*entry.compiled, channels, choice.language(), draft.data, findings);
  }
  if (!findings.empty()) return {};

  auto& out = checked.notification;
  out = compose(draft, entry, caller, now);
  out.language = choice.language();
  if (out.recipient.language.empty()) out.recipient.language = definition.default_language;
  out.steps.reserve(plan.size());
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const auto state = i < *worked ? StepState::skipped : i == *worked ? StepState::active : StepState::waiting;
    out.steps.push_back({StepId::make(now), static_cast<std::uint32_t>(i), plan[i], state});
  }
  out.delivery = first_delivery(out, out.steps[*worked], draft, caller, now);
  return checked;
}

}  // namespace messo::api
