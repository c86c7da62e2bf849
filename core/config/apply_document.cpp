#include "config/apply_document.hpp"

#include <algorithm>

#include "base/hash.hpp"
#include "model/region.hpp"

namespace messo {
namespace {

using nlohmann::json;

class Reader {
 public:
  explicit Reader(const Document& document) : document_(document) {}

  ApplyDocument read() {
    ApplyDocument out;
    each("organisation", [&](const json& v, const std::string& at) {
      out.organisations.push_back({at, text(v, "key"), text(v, "name"), text(v, "parent"), number(v, "weight"), v["retired"].get<bool>(),
                                   sms_budget(v["limits"], at + "/limits"), region(v, at)});
    });
    each("service", [&](const json& v, const std::string& at) { out.services.push_back(service(v, at)); });
    each("key", [&](const json& v, const std::string& at) { out.keys.push_back(api_key(v, at)); });
    each("provider", [&](const json& v, const std::string& at) { out.providers.push_back(provider(v, at)); });
    each("pause", [&](const json& v, const std::string& at) {
      out.pauses.push_back({at, pause_scope(text(v, "scope")), text(v, "subject"), text(v, "reason"), v["paused"].get<bool>()});
    });
    each("sms_sender", [&](const json& v, const std::string& at) { out.sms_senders.push_back(sms_sender(v, at)); });
    return out;
  }
  Problems take() { return std::move(problems_); }

 private:
  template <class F>
  void each(const char* list, F&& use) {
    std::size_t index = 0;
    for (const json& value : document_.root[list]) use(value, std::string("/") + list + '/' + std::to_string(index++));
  }
  static std::string text(const json& v, const char* name) { return v[name].get<std::string>(); }
  static std::uint32_t number(const json& v, const char* name) { return v[name].get<std::uint32_t>(); }
  void add(const std::string& at, std::string message) {
    problems_.push_back({document_.file, document_.line_of(at), at, std::move(message)});
  }

  MicroEuro euros(const json& v, const char* name, const std::string& at) {
    const auto amount = parse_euro(text(v, name));
    if (!amount) add(at + '/' + name, "is no amount in EUR: write digits and a point, like \"0.045\"");
    return amount.value_or(0);
  }
  SmsBudget sms_budget(const json& v, const std::string& at) {
    return {v["sms_segments_per_day"].get<std::uint64_t>(), euros(v, "sms_cost_per_day", at)};
  }
  std::string region(const json& v, const std::string& at) {
    std::string out = text(v, "region");
    if (!out.empty() && !is_region(out)) add(at + "/region", "is no country: write its two letters of ISO 3166-1, like \"IT\" or \"SM\"");
    return out;
  }

  SmsSenderEntry sms_sender(const json& v, const std::string& at) {
    SmsSenderEntry out{
        at, text(v, "organisation"), text(v, "alias"), *parse_alias_state(text(v, "state")), text(v, "registered_on"), text(v, "note")};
    if (const auto wrong = wrong_with_sms_alias(out.alias); !wrong.empty()) add(at + "/alias", wrong);
    if (!out.registered_on.empty() && !is_date(out.registered_on)) add(at + "/registered_on", "is no day: write it like \"2026-11-22\"");
    return out;
  }

  ServiceEntry service(const json& v, const std::string& at) {
    ServiceEntry out{at, text(v, "organisation"), text(v, "key"), text(v, "name"), number(v, "weight"), {}, {}, v["retired"].get<bool>()};
    for (const auto& [channel, sender] : v["senders"].items()) {
      out.senders[*parse_channel(channel)] = {text(sender, "address"), text(sender, "name"), text(sender, "reply_to")};
    }
    if (const auto sms = out.senders.find(Channel::sms); sms != out.senders.end()) {
      if (const auto wrong = wrong_with_sms_sender(sms->second.address); !wrong.empty()) add(at + "/senders/sms/address", wrong);
    }
    out.limits = {number(v["limits"], "requests_per_second"), v["limits"]["queued"].get<std::uint64_t>(),
                  sms_budget(v["limits"], at + "/limits")};
    return out;
  }

  KeyEntry api_key(const json& v, const std::string& at) {
    KeyEntry out{at, text(v, "service"), text(v, "name"), *parse_key_kind(text(v, "kind")), {}, {}, v["revoked"].get<bool>()};
    for (const json& scope : v["scopes"]) out.scopes.add(*parse_scope(scope.get<std::string>()));
    if (out.scopes.bits == 0) add(at + "/scopes", "is empty: a key that may do nothing is of no use");
    const bool hashed = v.contains("secret_sha256");
    if (hashed && v.contains("secret")) add(at, "has both secret and secret_sha256: give one");
    if (!hashed && !v.contains("secret") && !out.revoked) {
      add(at, "has no secret: add secret = \"file:PATH\" or secret_sha256, or make the key with `messo key create` instead");
    }
    if (!hashed) return out;
    const auto bytes = from_hex(text(v, "secret_sha256"));
    if (!bytes || bytes->size() != Sha256{}.size()) {
      add(at + "/secret_sha256", "is not 64 hexadecimal digits: make it with sha256sum over the key's text without line break");
      return out;
    }
    std::ranges::copy(*bytes, out.hash.emplace().begin());
    return out;
  }

  ProviderEntry provider(const json& v, const std::string& at) {
    ProviderEntry out;
    out.at = at;
    out.key = text(v, "key");
    out.plugin = text(v, "plugin");
    out.channel = *parse_channel(text(v, "channel"));
    out.pool = text(v, "pool").empty() ? std::string(to_string(out.channel)) : text(v, "pool");
    out.organisations = v["organisations"].get<std::vector<std::string>>();
    out.weight = number(v, "weight");
    out.concurrency = number(v, "concurrency");
    out.rates = {number(v["rates"], "per_second"), number(v["rates"], "per_minute"), number(v["rates"], "per_day"),
                 number(v["rates"], "per_hour")};
    out.on_doubt = v.contains("on_doubt") ? *parse_on_doubt(text(v, "on_doubt")) : default_on_doubt(out.channel);
    if (out.channel == Channel::pec && out.on_doubt == OnDoubt::resend) {
      add(at + "/on_doubt", "is \"resend\": certified mail is never sent again by itself; use \"ask\" or \"hold\"");
    }
    out.isolation = *parse_isolation(text(v, "isolation"));
    out.memory_mb = number(v, "memory_mb");
    out.settle_on = settle_on(v["settle_on"], at + "/settle_on");
    out.segment_cost = euros(v, "segment_cost", at);
    if (out.segment_cost > 0 && out.channel != Channel::sms) add(at + "/segment_cost", "is of no use: only SMS are paid by segments");
    if (v.contains("retry")) out.retry = retry(v["retry"], at + "/retry");
    out.enabled = v["enabled"].get<bool>();
    out.retired = v["retired"].get<bool>();
    out.config = v["config"];
    return out;
  }

  std::vector<Verification> settle_on(const json& v, const std::string& at) {
    std::vector<Verification> out;
    for (const json& word : v) out.push_back(*parse_verification(word.get<std::string>()));
    std::ranges::sort(out);
    out.erase(std::ranges::unique(out).begin(), out.end());
    if (std::ranges::find(out, Verification::valid) == out.end()) {
      add(at, "lacks \"valid\": a receipt that was checked and found good always counts");
    }
    return out.size() == 1 ? std::vector<Verification>{} : out;
  }

  RetryPolicy retry(const json& v, const std::string& at) {
    RetryPolicy out{{}, number(v, "max_attempts")};
    out.waits.reserve(v["waits"].size());
    for (const json& wait : v["waits"]) out.waits.push_back(std::chrono::ceil<Seconds>(Millis{wait.get<std::int64_t>()}));
    if (out.waits.empty()) add(at + "/waits", "is empty: give at least one wait, like [\"1 min\"]");
    return out;
  }

  static PauseScope pause_scope(const std::string& text) {
    return text == "organisation" ? PauseScope::organisation
           : text == "service"    ? PauseScope::service
           : text == "provider"   ? PauseScope::provider
                                  : PauseScope::pool;
  }

  const Document& document_;
  Problems problems_;
};

bool is_source(const json& value) {
  return value.is_string() &&
         (value.get_ref<const std::string&>().starts_with("file:") || value.get_ref<const std::string&>().starts_with("env:"));
}

// Calls `use` for every text below `value` that names a secret.
template <class F>
void each_source(json& value, const std::string& at, F& use) {
  if (is_source(value)) return use(value, at);
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) each_source(value[i], at + '/' + std::to_string(i), use);
  } else if (value.is_object()) {
    for (auto& [name, child] : value.items()) each_source(child, at + '/' + escape_pointer(name), use);
  }
}

// The tables of a list of the document, however wrong the document may be.
template <class F>
void each_table(json& root, const char* list, F&& use) {
  if (!root.is_object() || !root.contains(list) || !root[list].is_array()) return;
  std::size_t index = 0;
  for (json& table : root[list]) {
    const std::string at = std::string("/") + list + '/' + std::to_string(index++);
    if (table.is_object()) use(table, at);
  }
}

}  // namespace

tl::expected<ApplyDocument, Problems> parse_apply_document(Document document) {
  auto problems = check(document, apply_schema());
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  Reader reader(document);
  auto out = reader.read();
  problems = reader.take();
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return out;
}

Problems resolve_secrets(Document& document, const std::function<Result<Secret>(std::string_view source)>& read) {
  Problems problems;
  const auto fetch = [&](const json& source, const std::string& at) -> std::optional<Secret> {
    auto secret = read(source.get<std::string>());
    if (secret) return *secret;
    problems.push_back({document.file, document.line_of(at), at, secret.error().message});
    return {};
  };
  each_table(document.root, "provider", [&](json& provider, const std::string& at) {
    auto replace = [&](json& value, const std::string& where) {
      if (const auto secret = fetch(value, where)) value = std::string(secret->reveal());
    };
    if (provider.contains("config")) each_source(provider["config"], at + "/config", replace);
  });
  each_table(document.root, "key", [&](json& key, const std::string& at) {
    if (!key.contains("secret") || !is_source(key["secret"])) return;
    if (const auto secret = fetch(key["secret"], at + "/secret")) {
      key["secret_sha256"] = to_hex(as_text(sha256(secret->reveal())));
      key.erase("secret");
    }
  });
  return problems;
}

OnDoubt default_on_doubt(Channel channel) {
  return channel == Channel::email || channel == Channel::push ? OnDoubt::resend : OnDoubt::hold;
}

}  // namespace messo
