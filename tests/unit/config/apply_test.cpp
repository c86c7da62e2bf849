#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.hpp"
#include "config/apply_plan.hpp"

namespace messo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Instant kNow = from_unix_ms(1'780'000'000'000);
const std::string kHash(64, 'a');

// A plugin "smtp" that needs a host and keeps a password secret.
Result<CheckedProviderConfig> check_config(const std::string& plugin, Channel channel, const nlohmann::json& config) {
  if (plugin != "smtp" && plugin != "outbox") return fail(ErrorKind::invalid, "no_such_plugin", "there is no plugin \"" + plugin + "\"");
  if (plugin == "smtp" && channel != Channel::email) return fail(ErrorKind::invalid, "channel", "plugin smtp does not serve this channel");
  if (plugin == "smtp" && !config.contains("host")) return fail_field("/host", "missing", "is missing");
  auto open = config;
  open.erase("password");
  return CheckedProviderConfig{
      open.dump(), Secret(config.contains("password") ? R"({"password":")" + config["password"].get<std::string>() + "\"}" : "{}")};
}

ApplyDocument document(const std::string& toml) {
  auto parsed = parse_toml(toml, "a.toml");
  if (!parsed) throw std::runtime_error(to_text(parsed.error()));
  auto out = parse_apply_document(*parsed);
  if (!out) throw std::runtime_error(to_text(out.error()));
  return *out;
}

// What the store does with a plan.
DirectorySnapshot commit(DirectorySnapshot is, const ApplyPlan& plan) {
  for (const auto& o : plan.organisations) is.organisations[o.id] = o;
  for (const auto& s : plan.services) is.services[s.id] = s;
  for (const auto& p : plan.providers) is.providers[p.id] = p;
  for (const auto& k : plan.keys) {
    std::erase_if(is.keys, [&](const ApiKey& known) { return known.id == k.id; });
    is.keys.push_back(k);
  }
  const auto forget = [&](const Pause& pause) {
    std::erase_if(is.pauses, [&](const Pause& p) { return p.scope == pause.scope && p.subject == pause.subject; });
  };
  for (const auto& p : plan.pauses) {
    forget(p);
    is.pauses.push_back(p);
  }
  for (const auto& p : plan.resumed) forget(p);
  for (const auto& s : plan.sms_senders) is.sms_senders[{s.organisation, s.alias}] = s;
  ++is.version;
  return is;
}

const std::string kTown = R"(
[[organisation]]
key = "quartiere"
name = "Quartiere"
parent = "comune"
[[organisation]]
key = "comune"
name = "Comune"
[[service]]
organisation = "comune"
key = "sportello"
name = "Sportello"
[service.senders.email]
address = "s@c.it"
[[key]]
service = "comune/sportello"
name = "gestionale"
secret_sha256 = ")" + kHash +
                          R"("
[[provider]]
key = "relay"
plugin = "smtp"
channel = "email"
organisations = ["comune"]
retry = {waits = ["1 min", "1 h"], max_attempts = 5}
config = {host = "a", password = "p1"}
[[pause]]
scope = "service"
subject = "comune/sportello"
reason = "collaudo"
)";

DirectorySnapshot applied(const std::string& toml, const DirectorySnapshot& is = {}) {
  return commit(is, plan_apply(document(toml), is, check_config, kNow).value());
}

std::vector<std::string> changes(const std::string& toml, const DirectorySnapshot& is) {
  const auto plan = plan_apply(document(toml), is, check_config, kNow);
  return plan ? plan->sentences : std::vector<std::string>{"PROBLEM " + to_text(plan.error())};
}

TEST(Apply, makes_everything_the_first_time_in_any_order_and_nothing_the_second) {
  EXPECT_THAT(changes(kTown, {}),
              ElementsAre("+ organisation quartiere (Quartiere)", "+ organisation comune (Comune)",
                          "+ service comune/sportello (Sportello)", "+ key comune/sportello \"gestionale\" (live; send,read)",
                          "+ provider relay (smtp, email)", "+ pause of service comune/sportello"));
  const auto is = applied(kTown);
  EXPECT_THAT(changes(kTown, is), IsEmpty());
  const auto* relay = is.provider_by_key("relay");
  ASSERT_NE(relay, nullptr);
  EXPECT_EQ(relay->pool, "email");
  EXPECT_EQ(relay->on_doubt, OnDoubt::resend);
  EXPECT_TRUE(relay->settle_on.empty());
  EXPECT_EQ(relay->callback_token.reveal().size(), 43U) << "256 bits that nobody can guess";
  EXPECT_EQ(relay->retry, (RetryPolicy{{Seconds{60}, Seconds{3600}}, 5}));
  EXPECT_EQ(relay->config_json, R"({"host":"a"})");
  EXPECT_EQ(is.organisation_by_key("quartiere")->parent, is.organisation_by_key("comune")->id);
  EXPECT_EQ(is.organisation_by_key("comune")->hmac_key.reveal().size(), 32U);
}

std::string edited(std::string from, const std::string& to) {
  std::string out = kTown;
  return out.replace(out.find(from), from.size(), to);
}

TEST(Apply, tells_each_change_as_a_sentence_without_secrets) {
  const auto is = applied(kTown);
  const std::pair<std::string, std::string> rows[] = {
      {edited("name = \"Sportello\"", "name = \"Sportello\"\nweight = 3"), "service comune/sportello: weight 1 -> 3"},
      {edited("s@c.it", "n@c.it"), R"(service comune/sportello: sender of email "s@c.it" -> "n@c.it")"},
      {edited("name = \"Comune\"", "name = \"Comune nuovo\"\nretired = true"),
       R"(organisation comune: name "Comune" -> "Comune nuovo", retired)"},
      {edited("parent = \"comune\"", ""), "organisation quartiere: parent comune -> none"},
      {edited("host = \"a\"", "host = \"b\", port = 25"), "provider relay: host \"a\" -> \"b\", port = 25"},
      {edited("p1", "p2"), "provider relay: secrets changed"},
      {edited("organisations = [\"comune\"]", "enabled = false\non_doubt = \"ask\""),
       "provider relay: organisations comune -> all, on_doubt resend -> ask, disabled"},
      {edited("organisations = [\"comune\"]", "organisations = [\"comune\"]\nsettle_on = [\"untrusted\", \"valid\"]"),
       "provider relay: settle_on valid -> valid untrusted"},
      {edited("max_attempts = 5", "max_attempts = 0"), "provider relay: retry 60 s 3600 s (at most 5) -> 60 s 3600 s (until it expires)"},
      {edited(kHash, std::string(64, 'b')), "key comune/sportello \"gestionale\": secret changed"},
      {edited("name = \"gestionale\"", "name = \"gestionale\"\nscopes = [\"send\"]"),
       "key comune/sportello \"gestionale\": scopes send,read -> send"},
      {edited("name = \"gestionale\"", "name = \"gestionale\"\nrevoked = true"), "key comune/sportello \"gestionale\": revoked"},
      {edited("collaudo", "guasto"), R"(pause of service comune/sportello: reason "collaudo" -> "guasto")"},
      {edited("reason = \"collaudo\"", "paused = false"), "- pause of service comune/sportello"},
  };
  for (const auto& [toml, sentence] : rows) {
    EXPECT_THAT(changes(toml, is), ElementsAre(sentence));
    EXPECT_THAT(changes(toml, applied(toml, is)), IsEmpty()) << sentence << ": not the same the second time";
  }
}

TEST(Apply, a_changed_provider_rises_in_version) {
  const auto is = applied(kTown);
  EXPECT_EQ(applied(edited("p1", "p2"), is).provider_by_key("relay")->version, is.provider_by_key("relay")->version + 1);
}

TEST(Apply, a_real_provider_ends_test_mode_of_its_channel_only) {
  DirectorySnapshot is;
  for (const Channel channel : {Channel::email, Channel::sms}) {
    Provider outbox;
    outbox.id = ProviderId::make(kNow);
    outbox.key = embedded_outbox_key(channel);
    outbox.plugin = "outbox";
    outbox.channel = channel;
    outbox.pool = std::string(to_string(channel));
    is.providers[outbox.id] = outbox;
  }
  const std::string relay = "[[provider]]\nkey=\"relay\"\nplugin=\"smtp\"\nchannel=\"email\"\nconfig={host=\"a\"}\n";
  EXPECT_THAT(changes(relay, is),
              ElementsAre("+ provider relay (smtp, email)", "- provider outbox-email: test mode ends for email, relay sends from now on"));
  const auto after = applied(relay, is);
  EXPECT_TRUE(after.provider_by_key("outbox-email")->retired);
  EXPECT_FALSE(after.provider_by_key("outbox-sms")->retired);
  EXPECT_THAT(changes(relay, after), IsEmpty());
}

struct BadPlan {
  const char* toml;
  const char* said;
};

TEST(Apply, refuses_what_contradicts_itself_or_the_hub) {
  auto is = applied(kTown);
  is.keys.push_back({KeyId::make(kNow), is.services.begin()->first, "vecchia", KeyKind::live, {}, {}, kNow, kNow});
  const BadPlan rows[] = {
      {"[[service]]\norganisation=\"comun\"\nkey=\"x\"\nname=\"X\"",
       "service[1].organisation: there is no organisation \"comun\"; did you mean \"comune\"?"},
      {"[[organisation]]\nkey=\"comune\"\nname=\"C\"\nparent=\"quartiere\"",
       "organisation[1].parent: makes organisation \"comune\" its own ancestor"},
      {"[[organisation]]\nkey=\"a\"\nname=\"A\"\n[[organisation]]\nkey=\"a\"\nname=\"B\"",
       "organisation[2]: organisation a is in the document twice: keep one"},
      {"[[key]]\nservice=\"comune/altro\"\nname=\"k\"\nsecret_sha256=\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
       "key[1].service: there is no service \"comune/altro\""},
      {"[[key]]\nservice=\"comune/"
       "sportello\"\nname=\"vecchia\"\nsecret_sha256=\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
       "was revoked, for good"},
      {"[[provider]]\nkey=\"p\"\nplugin=\"smpt\"\nchannel=\"email\"", "provider[1]: there is no plugin \"smpt\""},
      {"[[provider]]\nkey=\"p\"\nplugin=\"smtp\"\nchannel=\"email\"", "provider[1].config.host: is missing"},
      {"[[provider]]\nkey=\"relay\"\nplugin=\"outbox\"\nchannel=\"email\"", "provider[1].plugin: provider \"relay\" uses plugin \"smtp\""},
      {"[[pause]]\nscope=\"provider\"\nsubject=\"nobody\"", "pause[1].subject: there is no provider \"nobody\""},
  };
  for (const auto& row : rows) {
    const auto plan = plan_apply(document(row.toml), is, check_config, kNow);
    ASSERT_FALSE(plan) << row.toml;
    EXPECT_THAT(to_text(plan.error()), HasSubstr(row.said));
  }
}

TEST(Apply, sets_budgets_of_sms_and_what_a_segment_costs) {
  const std::string before =
      "[[organisation]]\nkey=\"comune\"\nname=\"Comune\"\n[organisation.limits]\nsms_segments_per_day=1000\n"
      "sms_cost_per_day=\"45.5\"\n[[service]]\norganisation=\"comune\"\nkey=\"s\"\nname=\"S\"\n[service.limits]\n"
      "sms_cost_per_day=\"0.09\"\n[[provider]]\nkey=\"g\"\nplugin=\"outbox\"\nchannel=\"sms\"\nsegment_cost=\"0.045\"\n";
  const auto is = applied(before);
  EXPECT_EQ(is.organisation_by_key("comune")->sms, (SmsBudget{1000, 45'500'000}));
  EXPECT_EQ(is.service_by_key(is.organisation_by_key("comune")->id, "s")->limits.sms, (SmsBudget{0, 90'000}));
  EXPECT_EQ(is.provider_by_key("g")->segment_cost, 45'000U);
  EXPECT_THAT(changes(before, is), IsEmpty());
  auto after = before;
  after.replace(after.find("\"45.5\""), 6, "\"50\"");
  after.replace(after.find("0.045"), 5, "0.046");
  EXPECT_THAT(changes(after, is),
              ElementsAre("organisation comune: sms_cost_per_day 45.50 -> 50.00", "provider g: segment_cost 0.045 -> 0.046"));
  const auto refused = [](const std::string& toml) {
    const auto out = parse_apply_document(*parse_toml(toml, "a.toml"));
    return out ? std::string() : to_text(out.error());
  };
  EXPECT_THAT(refused("[[provider]]\nkey=\"g\"\nplugin=\"outbox\"\nchannel=\"sms\"\nsegment_cost=\"4,5\"\n"),
              HasSubstr("is no amount in EUR"));
  EXPECT_THAT(refused("[[provider]]\nkey=\"g\"\nplugin=\"smtp\"\nchannel=\"email\"\nsegment_cost=\"1\"\n"), HasSubstr("only SMS"));
}

TEST(ApplyDocument, names_line_key_and_remedy) {
  const BadPlan rows[] = {
      {"[[organisation]]\nkey = \"Comune di X\"\nname = \"X\"",
       "a.toml:2: organisation[1].key: \"Comune di X\" is not a short name of lower-case letters"},
      {"[[organisation]]\nname = \"X\"", "a.toml:1: organisation[1].key: is missing"},
      {"[organisation]\nkey = \"x\"", "a.toml:1: organisation: is a table, wanted: a list of tables; write [[organisation]] above each"},
      {"[[service]]\norganisation=\"c\"\nkey=\"s\"\nname=\"S\"\n[service.senders.emial]\naddress=\"a\"",
       "a.toml:5: service[1].senders.emial: there is no such key; did you mean \"email\"?"},
      {"[[provider]]\nkey=\"p\"\nplugin=\"smtp\"\nchannel=\"mail\"",
       "a.toml:4: provider[1].channel: \"mail\" is none of \"pec\", \"email\""},
      {"[[provider]]\nkey=\"p\"\nplugin=\"pec\"\nchannel=\"pec\"\non_doubt=\"resend\"",
       "a.toml:5: provider[1].on_doubt: is \"resend\": certified mail is never sent again"},
      {"[[provider]]\nkey=\"p\"\nplugin=\"x\"\nchannel=\"sms\"\nsettle_on=[\"untrusted\"]",
       "a.toml:5: provider[1].settle_on: lacks \"valid\""},
      {"[[provider]]\nkey=\"p\"\nplugin=\"x\"\nchannel=\"sms\"\n[provider.retry]\nwaits=[]", "a.toml:6: provider[1].retry.waits: is empty"},
      {"[[key]]\nservice=\"a/b\"\nname=\"k\"", "a.toml:1: key[1]: has no secret"},
      {"[[key]]\nservice=\"a/b\"\nname=\"k\"\nsecret=\"messo_live_x\"",
       "a.toml:4: key[1].secret: must be \"file:PATH\" or \"env:NAME\", never the secret itself"},
      {"[[key]]\nservice=\"a/b\"\nname=\"k\"\nsecret_sha256=\"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\"",
       "a.toml:4: key[1].secret_sha256: is not 64 hexadecimal digits"},
      {"[[key]]\nservice=\"a/b\"\nname=\"k\"\nscopes=[\"send\", \"write\"]",
       "a.toml:4: key[1].scopes[2]: \"write\" is none of \"send\", \"read\", \"admin\""},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_apply_document(parse_toml(row.toml, "a.toml").value());
    ASSERT_FALSE(parsed) << row.toml;
    EXPECT_THAT(to_text(parsed.error()), HasSubstr(row.said));
  }
}

TEST(ApplyDocument, secrets_are_read_by_the_sender_and_keys_only_hashed) {
  auto parsed = parse_toml(
                    "[[key]]\nservice=\"a/"
                    "b\"\nname=\"k\"\nsecret=\"file:k\"\n[[provider]]\nkey=\"p\"\nplugin=\"smtp\"\nchannel=\"email\"\n[provider.config]"
                    "\nhost=\"h\"\npassword=\"env:P\"",
                    "a.toml")
                    .value();
  const auto problems = resolve_secrets(
      parsed, [](std::string_view source) -> Result<Secret> { return Secret(source == "file:k" ? "messo_live_k" : "hunter2"); });
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(parsed.root["key"][0]["secret_sha256"], to_hex(as_text(sha256("messo_live_k"))));
  EXPECT_FALSE(parsed.root["key"][0].contains("secret"));
  EXPECT_EQ(parsed.root["provider"][0]["config"]["password"], "hunter2");
  EXPECT_TRUE(parse_apply_document(parsed));
}

TEST(ApplyDocument, every_unreadable_secret_is_named_with_its_line) {
  auto parsed = parse_toml("[[provider]]\n[provider.config]\na=\"file:x\"\nb=\"env:Y\"", "a.toml").value();
  const auto problems =
      resolve_secrets(parsed, [](std::string_view) -> Result<Secret> { return fail(ErrorKind::invalid, "x", "cannot be read"); });
  EXPECT_EQ(to_text(problems), "a.toml:3: provider[1].config.a: cannot be read\na.toml:4: provider[1].config.b: cannot be read");
}

TEST(ApplyPlan, warns_of_a_provider_that_is_to_be_asked_and_cannot) {
  const auto mute = [](const std::string&, Channel, const nlohmann::json& config) -> Result<CheckedProviderConfig> {
    return CheckedProviderConfig{config.dump(), Secret("{}"), false};
  };
  const auto entry = [](const std::string& on_doubt) {
    return document("[[provider]]\nkey = \"sms\"\nplugin = \"sms\"\nchannel = \"sms\"\non_doubt = \"" + on_doubt +
                    "\"\n[provider.config]\n");
  };
  const auto plan = plan_apply(entry("ask"), {}, mute, kNow);
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->warnings, ElementsAre(HasSubstr("provider sms: on_doubt is \"ask\", but plugin \"sms\" cannot be asked")));
  EXPECT_THAT(plan_apply(entry("hold"), {}, mute, kNow)->warnings, IsEmpty());
  EXPECT_THAT(plan_apply(
                  entry("ask"), {},
                  [](const std::string&, Channel, const nlohmann::json& config) -> Result<CheckedProviderConfig> {
                    return CheckedProviderConfig{config.dump(), Secret("{}")};
                  },
                  kNow)
                  ->warnings,
              IsEmpty());
}

TEST(ApplyPlan, takes_the_limits_a_plugin_recommends_where_the_file_says_none) {
  const auto check = [](const std::string&, Channel, const nlohmann::json& config) -> Result<CheckedProviderConfig> {
    return CheckedProviderConfig{config.dump(), Secret("{}"), true, {.per_minute = 6, .per_hour = 200}};
  };
  const auto rates = [&](const std::string& lines) {
    const auto plan = plan_apply(document("[[provider]]\nkey = \"p\"\nplugin = \"pec\"\nchannel = \"pec\"\n" + lines), {}, check, kNow);
    return plan ? plan->providers.at(0).rates : Rates{};
  };
  EXPECT_EQ(rates(""), (Rates{.per_minute = 6, .per_hour = 200}));
  EXPECT_EQ(rates("rates = { per_minute = 60, per_day = 1000 }\n"), (Rates{.per_minute = 60, .per_day = 1000, .per_hour = 200}));
}

const std::string kSms = R"(
[[organisation]]
key = "comune"
name = "Comune"
region = "SM"
[[service]]
organisation = "comune"
key = "sportello"
name = "Sportello"
[service.senders.sms]
address = "Sportello"
[[sms_sender]]
organisation = "comune"
alias = "Sportello"
state = "pending"
note = "chiesto a maggio"
)";

TEST(ApplySms, regions_and_aliases_are_entered_once_and_their_changes_told) {
  EXPECT_THAT(changes(kSms, {}), ElementsAre("+ organisation comune (Comune)", "+ service comune/sportello (Sportello)",
                                             "+ sms_sender comune \"Sportello\" (pending)"));
  const auto is = applied(kSms);
  EXPECT_EQ(is.region_of(is.organisation_by_key("comune")->id), "SM");
  EXPECT_THAT(changes(kSms, is), IsEmpty());
  std::string later = kSms;
  later.replace(later.find("pending"), 7, "registered").replace(later.find("\"SM\""), 4, "\"IT\"");
  EXPECT_THAT(changes(later + "registered_on = \"2026-06-01\"", is),
              ElementsAre("organisation comune: region \"SM\" -> \"IT\"",
                          "sms_sender comune \"Sportello\": state pending -> registered, registered_on \"\" -> \"2026-06-01\""));
}

TEST(ApplySms, mistakes_are_named_with_their_place) {
  const auto mistake = [](const std::string& toml) {
    auto out = parse_apply_document(*parse_toml(toml, "a.toml"));
    return out ? std::string() : to_text(out.error());
  };
  const std::string organisation = "[[organisation]]\nkey = \"c\"\nname = \"C\"\n";
  EXPECT_THAT(mistake(organisation + "region = \"UK\""), HasSubstr("two letters of ISO 3166-1"));
  const auto alias = [&](const std::string& name, const std::string& more = "") {
    return mistake("[[sms_sender]]\norganisation = \"c\"\nalias = \"" + name + "\"\nstate = \"pending\"\n" + more);
  };
  EXPECT_THAT(alias("Comune di Roma"), HasSubstr("3 to 11 characters"));
  EXPECT_THAT(alias("12345"), HasSubstr("at least one letter"));
  EXPECT_THAT(alias("Comune", "registered_on = \"ieri\""), HasSubstr("2026-11-22"));
  EXPECT_THAT(mistake("[[service]]\norganisation = \"c\"\nkey = \"s\"\nname = \"S\"\n[service.senders.sms]\naddress = \"Città\"\n"),
              HasSubstr("without accents"));
  EXPECT_THAT(
      to_text(plan_apply(document("[[sms_sender]]\norganisation = \"c\"\nalias = \"Comune\"\nstate = \"pending\""), {}, check_config, kNow)
                  .error()),
      HasSubstr("there is no organisation \"c\""));
  EXPECT_THAT(changes(kSms + "[[sms_sender]]\norganisation = \"comune\"\nalias = \"Sportello\"\nstate = \"pending\"", {}),
              ElementsAre(HasSubstr("is in the document twice")));
}

TEST(ApplySms, warns_of_senders_that_are_not_registered) {
  const auto check = [](const std::string&, Channel, const nlohmann::json& config) -> Result<CheckedProviderConfig> {
    return CheckedProviderConfig{config.dump(), Secret("{}")};
  };
  const auto warnings = [&](const std::string& toml, const DirectorySnapshot& is) {
    return plan_apply(document(toml), is, check, kNow)->warnings;
  };
  EXPECT_THAT(warnings(kSms, {}), ElementsAre(HasSubstr("service comune/sportello: its SMS are refused: the SMS sender \"Sportello\"")));
  const auto is = applied(kSms);
  const std::string gateway = "[[provider]]\nkey = \"gestore\"\nplugin = \"smpp\"\nchannel = \"sms\"\nconfig = {sender = \"Gestore\"}\n";
  EXPECT_THAT(warnings(gateway, is),
              ElementsAre(HasSubstr("provider gestore: its own SMS sender \"Gestore\" is not registered for comune:")));
  const std::string registered = "[[sms_sender]]\norganisation = \"comune\"\nalias = \"Gestore\"\nstate = \"registered\"\n";
  EXPECT_THAT(warnings(gateway + registered, is), IsEmpty());
  EXPECT_THAT(warnings(gateway + "[[sms_sender]]\norganisation = \"comune\"\nalias = \"Comune\"\nstate = \"registered\"\n", is), IsEmpty())
      << "with one alias registered the provider's is never used";
  EXPECT_THAT(
      warnings("[[provider]]\nkey = \"gestore\"\nplugin = \"smpp\"\nchannel = \"sms\"\nconfig = {sender = \"+393331234567\"}\n", is),
      IsEmpty());
}

}  // namespace
}  // namespace messo
