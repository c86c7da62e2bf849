#include "config/apply_plan.hpp"

#include <algorithm>
#include <set>

#include "base/hash.hpp"
#include "config/sms_default_sender.hpp"

namespace messo {
namespace {

using nlohmann::json;

// The differences of one object in words: `weight 1 -> 3, name "A" -> "B"`.
class Differences {
 public:
  void text(std::string_view name, const std::string& before, const std::string& after) {
    if (before != after) add(std::string(name) + " \"" + before + "\" -> \"" + after + '"');
  }
  void number(std::string_view name, std::uint64_t before, std::uint64_t after) {
    if (before != after) add(std::string(name) + ' ' + std::to_string(before) + " -> " + std::to_string(after));
  }
  void word(std::string_view name, std::string_view before, std::string_view after) {
    if (before != after) add(std::string(name) + ' ' + std::string(before) + " -> " + std::string(after));
  }
  void budget(const SmsBudget& before, const SmsBudget& after) {
    number("sms_segments_per_day", before.segments_per_day, after.segments_per_day);
    word("sms_cost_per_day", euro_text(before.cost_per_day), euro_text(after.cost_per_day));
  }
  void flag(bool before, bool after, std::string_view set, std::string_view unset) {
    if (before != after) add(std::string(after ? set : unset));
  }
  void add(std::string words) { text_ += (text_.empty() ? "" : ", ") + std::move(words); }
  bool empty() const { return text_.empty(); }
  const std::string& in_words() const { return text_; }

 private:
  std::string text_;
};

std::string retry_text(const std::optional<RetryPolicy>& retry) {
  if (!retry) return "default";
  std::string out;
  for (const Seconds wait : retry->waits) out += (out.empty() ? "" : " ") + std::to_string(wait.count()) + " s";
  return out + " (" + (retry->max_attempts == 0 ? "until it expires" : "at most " + std::to_string(retry->max_attempts)) + ')';
}

std::string verifications_text(const std::vector<Verification>& verifications) {
  std::string out;
  for (const Verification one : verifications) out += (out.empty() ? "" : " ") + std::string(to_string(one));
  return out.empty() ? "valid" : out;
}

json parsed(const std::string& text) { return text.empty() ? json::object() : json::parse(text, nullptr, false); }

// Ordinary members of a provider's configuration, by name; secrets only as a fact.
void compare_config(Differences& out, const Provider& before, const Provider& after) {
  const json a = parsed(before.config_json);
  const json b = parsed(after.config_json);
  if (a.is_object() && b.is_object()) {
    for (const auto& [name, value] : b.items()) {
      if (!a.contains(name)) {
        out.add(name + " = " + value.dump());
      } else if (a[name] != value) {
        out.word(name, a[name].dump(), value.dump());
      }
    }
    for (const auto& [name, value] : a.items()) {
      if (!b.contains(name)) out.add(name + " removed");
    }
  }
  if (parsed(std::string(before.secrets_json.reveal())) != parsed(std::string(after.secrets_json.reveal()))) out.add("secrets changed");
}

std::string pause_words(PauseScope scope) {
  constexpr std::string_view kNames[] = {"?", "organisation", "service", "provider", "batch", "pool"};
  return std::string(kNames[static_cast<std::size_t>(scope)]);
}

class Planner {
 public:
  Planner(const ApplyDocument& document, const DirectorySnapshot& is, const ProviderConfigCheck& check, Instant now)
      : document_(document), is_(is), check_(check), now_(now) {
    plan_.base_version = is.version;
  }

  tl::expected<ApplyPlan, Problems> run() {
    refuse_twins();
    add_organisations();
    link_parents();
    for (const auto& entry : document_.services) plan_service(entry);
    for (const auto& entry : document_.keys) plan_key(entry);
    for (const auto& entry : document_.providers) plan_provider(entry);
    for (const auto& entry : document_.providers) retire_outbox(entry);
    for (const auto& entry : document_.pauses) plan_pause(entry);
    for (const auto& entry : document_.sms_senders) plan_sms_sender(entry);
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    for (auto& warning : sms_sender_warnings(document_, after())) plan_.warnings.push_back(std::move(warning));
    return std::move(plan_);
  }

 private:
  void problem(std::string at, std::string message) { problems_.push_back({{}, 0, std::move(at), std::move(message)}); }
  void say(std::string sentence) { plan_.sentences.push_back(std::move(sentence)); }

  // Two entries for one object would fight at every run.
  void refuse_twins() {
    std::set<std::string> seen;
    const auto once = [&](const std::string& name, const std::string& at) {
      if (!seen.insert(name).second) problem(at, name + " is in the document twice: keep one");
    };
    for (const auto& e : document_.organisations) once("organisation " + e.key, e.at);
    for (const auto& e : document_.services) once("service " + e.organisation + '/' + e.key, e.at);
    for (const auto& e : document_.keys) once("key " + e.service + " \"" + e.name + '"', e.at);
    for (const auto& e : document_.providers) once("provider " + e.key, e.at);
    for (const auto& e : document_.pauses) once("pause of " + pause_words(e.scope) + ' ' + e.subject, e.at);
    for (const auto& e : document_.sms_senders) once("sms_sender " + e.organisation + " \"" + e.alias + '"', e.at);
  }

  // --- look-ups over what is and what is being made ---

  std::optional<OrganisationId> organisation(const std::string& key) const {
    if (const auto* known = is_.organisation_by_key(key)) return known->id;
    const auto at = std::ranges::find(plan_.organisations, key, &Organisation::key);
    return at == plan_.organisations.end() ? std::nullopt : std::optional(at->id);
  }
  std::optional<ServiceId> service(const std::string& path) const {
    const auto slash = path.find('/');
    if (slash == std::string::npos) return {};
    const auto owner = organisation(path.substr(0, slash));
    if (!owner) return {};
    const std::string key = path.substr(slash + 1);
    if (const auto* known = is_.service_by_key(*owner, key)) return known->id;
    const auto at = std::ranges::find_if(plan_.services, [&](const Service& s) { return s.organisation == *owner && s.key == key; });
    return at == plan_.services.end() ? std::nullopt : std::optional(at->id);
  }
  std::optional<ProviderId> provider(const std::string& key) const {
    if (const auto* known = is_.provider_by_key(key)) return known->id;
    const auto at = std::ranges::find(plan_.providers, key, &Provider::key);
    return at == plan_.providers.end() ? std::nullopt : std::optional(at->id);
  }
  std::string organisation_key(OrganisationId id) const {
    if (const auto at = is_.organisations.find(id); at != is_.organisations.end()) return at->second.key;
    const auto at = std::ranges::find(plan_.organisations, id, &Organisation::id);
    return at == plan_.organisations.end() ? "?" : at->key;
  }
  std::string keys_of(const std::vector<OrganisationId>& ids) const {
    std::set<std::string> keys;
    for (const auto& id : ids) keys.insert(organisation_key(id));
    std::string out;
    for (const auto& key : keys) out += (out.empty() ? "" : " ") + key;
    return out.empty() ? "all" : out;
  }
  void no_such(const std::string& at, const std::string& kind, const std::string& key, std::span<const std::string_view> known) {
    const auto near = nearest_word(key, known);
    const std::string hint = near.empty() ? "add it to the document or correct the name" : "did you mean \"" + std::string(near) + "\"?";
    problem(at, "there is no " + kind + " \"" + key + "\"; " + hint);
  }
  void no_organisation(const std::string& at, const std::string& key) {
    std::vector<std::string_view> known;
    known.reserve(is_.organisations.size() + plan_.organisations.size());
    for (const auto& [id, o] : is_.organisations) known.push_back(o.key);
    for (const auto& o : plan_.organisations) known.push_back(o.key);
    no_such(at, "organisation", key, known);
  }

  // --- organisations: all are made before parents are linked, so that their order does not matter ---

  void add_organisations() {
    for (const auto& entry : document_.organisations) {
      const auto* known = is_.organisation_by_key(entry.key);
      Organisation next = known != nullptr ? *known : Organisation{};
      if (known == nullptr) {
        next.id = OrganisationId::make(now_);
        next.key = entry.key;
        std::array<std::uint8_t, 32> secret{};
        random_bytes(secret);
        next.hmac_key = Secret(std::string(as_text(secret)));
      }
      next.name = entry.name;
      next.weight = entry.weight;
      next.sms = entry.sms;
      next.retired = entry.retired;
      next.region = entry.region;
      plan_.organisations.push_back(std::move(next));
    }
  }
  void link_parents() {
    std::vector<Organisation> changed;
    for (const auto& entry : document_.organisations) {
      Organisation& next = *std::ranges::find(plan_.organisations, entry.key, &Organisation::key);
      next.parent = entry.parent.empty() ? std::nullopt : organisation(entry.parent);
      if (!entry.parent.empty() && !next.parent) no_organisation(entry.at + "/parent", entry.parent);
    }
    for (const auto& entry : document_.organisations) refuse_cycle(entry);
    for (Organisation& next : plan_.organisations) {
      const auto* before = is_.organisation_by_key(next.key);
      if (before == nullptr) {
        say("+ organisation " + next.key + " (" + next.name + ')');
        changed.push_back(std::move(next));
        continue;
      }
      Differences d;
      d.text("name", before->name, next.name);
      d.number("weight", before->weight, next.weight);
      d.budget(before->sms, next.sms);
      d.word("parent", before->parent ? organisation_key(*before->parent) : "none", next.parent ? organisation_key(*next.parent) : "none");
      d.text("region", before->region, next.region);
      d.flag(before->retired, next.retired, "retired", "in use again");
      if (d.empty()) continue;
      say("organisation " + next.key + ": " + d.in_words());
      changed.push_back(std::move(next));
    }
    plan_.organisations = std::move(changed);
  }
  std::optional<OrganisationId> parent_of(OrganisationId id) const {
    const auto at = std::ranges::find(plan_.organisations, id, &Organisation::id);
    if (at != plan_.organisations.end()) return at->parent;
    const auto known = is_.organisations.find(id);
    return known == is_.organisations.end() ? std::nullopt : known->second.parent;
  }
  void refuse_cycle(const OrganisationEntry& entry) {
    const auto start = organisation(entry.key);
    auto above = start ? parent_of(*start) : std::nullopt;
    for (std::size_t steps = 0; above && steps <= is_.organisations.size() + plan_.organisations.size(); ++steps) {
      if (*above == *start) return problem(entry.at + "/parent", "makes organisation \"" + entry.key + "\" its own ancestor");
      above = parent_of(*above);
    }
  }

  void plan_service(const ServiceEntry& entry) {
    const auto owner = organisation(entry.organisation);
    if (!owner) return no_organisation(entry.at + "/organisation", entry.organisation);
    const auto* before = is_.service_by_key(*owner, entry.key);
    Service next = before != nullptr ? *before : Service{};
    if (before == nullptr) next.id = ServiceId::make(now_);
    next.organisation = *owner;
    next.key = entry.key;
    next.name = entry.name;
    next.weight = entry.weight;
    next.senders = entry.senders;
    next.limits = entry.limits;
    next.retired = entry.retired;
    const std::string path = entry.organisation + '/' + entry.key;
    if (before == nullptr) {
      say("+ service " + path + " (" + next.name + ')');
      plan_.services.push_back(std::move(next));
      return;
    }
    const Differences d = differences(*before, next);
    if (d.empty()) return;
    say("service " + path + ": " + d.in_words());
    plan_.services.push_back(std::move(next));
  }
  static Differences differences(const Service& before, const Service& next) {
    Differences d;
    d.text("name", before.name, next.name);
    d.number("weight", before.weight, next.weight);
    for (const Channel channel : kChannels) {
      const auto sender = [&](const Service& s) {
        const auto at = s.senders.find(channel);
        return at == s.senders.end() ? Sender{} : at->second;
      };
      const std::string name = "sender of " + std::string(to_string(channel));
      d.text(name, sender(before).address, sender(next).address);
      d.text(name + " (name)", sender(before).name, sender(next).name);
      d.text(name + " (answers to)", sender(before).reply_to, sender(next).reply_to);
    }
    d.number("requests_per_second", before.limits.requests_per_second, next.limits.requests_per_second);
    d.number("queued", before.limits.queued, next.limits.queued);
    d.budget(before.limits.sms, next.limits.sms);
    d.flag(before.retired, next.retired, "retired", "in use again");
    return d;
  }

  void plan_key(const KeyEntry& entry) {
    const auto owner = service(entry.service);
    if (!owner)
      return problem(entry.at + "/service", "there is no service \"" + entry.service + "\"; write it as \"organisation/service\"");
    const auto before = std::ranges::find_if(is_.keys, [&](const ApiKey& k) { return k.service == *owner && k.name == entry.name; });
    const std::string title = "key " + entry.service + " \"" + entry.name + '"';
    if (before == is_.keys.end()) {
      if (entry.revoked) return;
      say("+ " + title + " (" + std::string(to_string(entry.kind)) + "; " + to_string(entry.scopes) + ')');
      plan_.keys.push_back({KeyId::make(now_), *owner, entry.name, entry.kind, entry.scopes, *entry.hash, now_, {}});
      return;
    }
    if (before->revoked_at && !entry.revoked) {
      return problem(entry.at, title + " was revoked, for good: give a new key another name, or write revoked = true");
    }
    if (before->revoked_at) return;
    ApiKey next = *before;
    Differences d;
    if (entry.revoked) {
      next.revoked_at = now_;
      d.add("revoked");
    } else {
      if (before->kind != entry.kind)
        return problem(entry.at + "/kind", title + " is " + std::string(to_string(before->kind)) + ": give the other kind another name");
      d.word("scopes", to_string(before->scopes), to_string(entry.scopes));
      if (before->hash != *entry.hash) d.add("secret changed");
      next.scopes = entry.scopes;
      next.hash = *entry.hash;
    }
    if (d.empty()) return;
    say(title + ": " + d.in_words());
    plan_.keys.push_back(std::move(next));
  }

  void plan_provider(const ProviderEntry& entry) {
    const auto* before = is_.provider_by_key(entry.key);
    if (before != nullptr && before->plugin != entry.plugin) {
      return problem(entry.at + "/plugin",
                     "provider \"" + entry.key + "\" uses plugin \"" + before->plugin + "\": give the new one another key");
    }
    if (before != nullptr && before->channel != entry.channel) {
      return problem(entry.at + "/channel",
                     "provider \"" + entry.key + "\" serves " + std::string(to_string(before->channel)) + ": give the new one another key");
    }
    auto next = provider_from(entry, before);
    if (!next) return;
    if (before == nullptr) {
      say("+ provider " + next->key + " (" + next->plugin + ", " + std::string(to_string(next->channel)) + ')');
      plan_.providers.push_back(std::move(*next));
      return;
    }
    const Differences d = differences(*before, *next);
    if (d.empty()) return;
    next->version = before->version + 1;
    say("provider " + next->key + ": " + d.in_words());
    plan_.providers.push_back(std::move(*next));
  }
  std::optional<Provider> provider_from(const ProviderEntry& entry, const Provider* before) {
    Provider next = before != nullptr ? *before : Provider{};
    if (before == nullptr) {
      next.id = ProviderId::make(now_);
      next.version = 1;
    }
    next.key = entry.key;
    next.plugin = entry.plugin;
    next.channel = entry.channel;
    next.pool = entry.pool;
    next.weight = entry.weight;
    next.concurrency = entry.concurrency;
    next.rates = entry.rates;
    next.on_doubt = entry.on_doubt;
    next.settle_on = entry.settle_on;
    if (next.callback_token.empty()) next.callback_token = make_callback_token();
    next.isolation = entry.isolation;
    next.memory_mb = entry.memory_mb;
    next.segment_cost = entry.segment_cost;
    next.retry = entry.retry;
    next.enabled = entry.enabled;
    next.retired = entry.retired;
    next.organisations.clear();
    bool complete = true;
    for (std::size_t i = 0; i < entry.organisations.size(); ++i) {
      const auto id = organisation(entry.organisations[i]);
      if (!id) no_organisation(entry.at + "/organisations/" + std::to_string(i), entry.organisations[i]);
      if (id) next.organisations.push_back(*id);
      complete = complete && id;
    }
    return check_config(entry, next) && complete ? std::optional(std::move(next)) : std::nullopt;
  }
  bool check_config(const ProviderEntry& entry, Provider& next) {
    // A retired one needs no plugin any more.
    if (entry.retired && !next.config_json.empty()) return true;
    auto checked = check_(entry.plugin, entry.channel, entry.config);
    if (checked) {
      next.config_json = std::move(checked->config_json);
      next.secrets_json = std::move(checked->secrets_json);
      recommend(checked->recommended, next.rates);
      if (entry.on_doubt == OnDoubt::ask && !checked->can_query) {
        plan_.warnings.push_back("provider " + entry.key + ": on_doubt is \"ask\", but plugin \"" + entry.plugin +
                                 "\" cannot be asked what became of a message: what is in doubt waits for an operator, as with \"hold\"");
      }
      return true;
    }
    const Error& error = checked.error();
    if (error.fields.empty()) problem(entry.at, error.message);
    for (const FieldError& field : error.fields) problem(entry.at + "/config" + field.field, field.message);
    return false;
  }
  static void recommend(const Rates& recommended, Rates& rates) {
    for (const auto window : {&Rates::per_second, &Rates::per_minute, &Rates::per_hour, &Rates::per_day}) {
      if (rates.*window == 0) rates.*window = recommended.*window;
    }
  }
  Differences differences(const Provider& before, const Provider& next) const {
    Differences d;
    d.text("pool", before.pool, next.pool);
    d.word("organisations", keys_of(before.organisations), keys_of(next.organisations));
    d.number("weight", before.weight, next.weight);
    d.number("concurrency", before.concurrency, next.concurrency);
    d.number("rates.per_second", before.rates.per_second, next.rates.per_second);
    d.number("rates.per_minute", before.rates.per_minute, next.rates.per_minute);
    d.number("rates.per_hour", before.rates.per_hour, next.rates.per_hour);
    d.number("rates.per_day", before.rates.per_day, next.rates.per_day);
    d.word("on_doubt", to_string(before.on_doubt), to_string(next.on_doubt));
    d.word("settle_on", verifications_text(before.settle_on), verifications_text(next.settle_on));
    if (before.callback_token.empty()) d.add("call-back address made");
    d.word("isolation", to_string(before.isolation), to_string(next.isolation));
    d.number("memory_mb", before.memory_mb, next.memory_mb);
    d.word("segment_cost", euro_text(before.segment_cost), euro_text(next.segment_cost));
    d.word("retry", retry_text(before.retry), retry_text(next.retry));
    d.flag(before.enabled, next.enabled, "enabled", "disabled");
    d.flag(before.retired, next.retired, "retired", "in use again");
    compare_config(d, before, next);
    return d;
  }

  // Test mode ends for a pool when a real provider serves it: otherwise part of the messages would go on into files.
  void retire_outbox(const ProviderEntry& entry) {
    if (entry.plugin == "outbox" || entry.retired || !entry.enabled) return;
    for (const auto& [id, known] : is_.providers) {
      if (!is_embedded_outbox(known) || known.retired || known.pool != entry.pool || known.channel != entry.channel) continue;
      if (std::ranges::find(document_.providers, known.key, &ProviderEntry::key) != document_.providers.end()) continue;
      if (std::ranges::find(plan_.providers, known.key, &Provider::key) != plan_.providers.end()) continue;
      Provider next = known;
      next.retired = true;
      ++next.version;
      say("- provider " + known.key + ": test mode ends for " + std::string(to_string(known.channel)) + ", " + entry.key +
          " sends from now on");
      plan_.providers.push_back(std::move(next));
    }
  }

  void plan_sms_sender(const SmsSenderEntry& entry) {
    const auto owner = organisation(entry.organisation);
    if (!owner) return no_organisation(entry.at + "/organisation", entry.organisation);
    SmsSender next{*owner, entry.alias, entry.state, entry.registered_on, entry.note};
    const auto before = is_.sms_senders.find({*owner, entry.alias});
    const std::string title = "sms_sender " + entry.organisation + " \"" + entry.alias + '"';
    if (before == is_.sms_senders.end()) {
      say("+ " + title + " (" + std::string(to_string(next.state)) + ')');
    } else {
      Differences d;
      d.word("state", to_string(before->second.state), to_string(next.state));
      d.text("registered_on", before->second.registered_on, next.registered_on);
      d.text("note", before->second.note, next.note);
      if (d.empty()) return;
      say(title + ": " + d.in_words());
    }
    plan_.sms_senders.push_back(std::move(next));
  }

  // The directory once the plan is carried out, as far as senders need it.
  DirectorySnapshot after() const {
    DirectorySnapshot out;
    out.organisations = is_.organisations;
    out.services = is_.services;
    out.providers = is_.providers;
    out.sms_senders = is_.sms_senders;
    for (const auto& one : plan_.organisations) out.organisations[one.id] = one;
    for (const auto& one : plan_.services) out.services[one.id] = one;
    for (const auto& one : plan_.providers) out.providers[one.id] = one;
    for (const auto& one : plan_.sms_senders) out.sms_senders[{one.organisation, one.alias}] = one;
    return out;
  }

  void plan_pause(const PauseEntry& entry) {
    const auto subject = subject_of(entry);
    if (!subject) return problem(entry.at + "/subject", "there is no " + pause_words(entry.scope) + " \"" + entry.subject + '"');
    const auto before = std::ranges::find_if(is_.pauses, [&](const Pause& p) { return p.scope == entry.scope && p.subject == *subject; });
    const std::string title = "pause of " + pause_words(entry.scope) + ' ' + entry.subject;
    if (!entry.paused) {
      if (before == is_.pauses.end()) return;
      say("- " + title);
      plan_.resumed.push_back(*before);
      return;
    }
    if (before != is_.pauses.end() && before->reason == entry.reason) return;
    say(before == is_.pauses.end() ? "+ " + title : title + ": reason \"" + before->reason + "\" -> \"" + entry.reason + '"');
    plan_.pauses.push_back({entry.scope, *subject, entry.reason, before == is_.pauses.end() ? now_ : before->since});
  }
  std::optional<std::string> subject_of(const PauseEntry& entry) const {
    const auto raw = [](const auto& id) { return id ? std::optional(std::string(id->value.view())) : std::nullopt; };
    switch (entry.scope) {
      case PauseScope::organisation: return raw(organisation(entry.subject));
      case PauseScope::service: return raw(service(entry.subject));
      case PauseScope::provider: return raw(provider(entry.subject));
      case PauseScope::pool: return entry.subject;
      case PauseScope::batch: break;
    }
    return {};
  }

  const ApplyDocument& document_;
  const DirectorySnapshot& is_;
  const ProviderConfigCheck& check_;
  Instant now_;
  ApplyPlan plan_;
  Problems problems_;
};

}  // namespace

tl::expected<ApplyPlan, Problems> plan_apply(const ApplyDocument& document, const DirectorySnapshot& now_is,
                                             const ProviderConfigCheck& check, Instant now) {
  return Planner(document, now_is, check, now).run();
}

std::string embedded_outbox_key(Channel channel) { return "outbox-" + std::string(to_string(channel)); }
bool is_embedded_outbox(const Provider& provider) {
  return provider.plugin == "outbox" && provider.key == embedded_outbox_key(provider.channel);
}

}  // namespace messo
