#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/text_layout.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

struct ProviderOptions {
  std::string key, reason;
};

Result<json> fetch(Session& session) {
  auto answer = session.api().call({.path = "/v1/admin/providers"});
  if (!answer) return fail(std::move(answer.error()));
  return list(answer->body, "items");
}

std::string provider_state(const json& provider) {
  if (flag(provider, "retired")) return "retired";
  if (!flag(provider, "enabled")) return "disabled";
  return text(provider, "plugin") == "outbox" ? text(provider, "state") + ", TEST MODE" : text(provider, "state");
}
std::string detail_of(const json& provider) {
  return text(provider, "pause_reason").empty() ? text(provider, "detail") : text(provider, "pause_reason");
}

Status print(Session& session, const ProviderOptions&) {
  const auto providers = fetch(session);
  if (!providers) return fail(Error(providers.error()));
  if (session.printed_json({{"items", *providers}})) return {};
  Table table({"KEY", "PLUGIN", "CHANNEL", "POOL", "STATE", "DETAIL"});
  for (const json& p : *providers) {
    table.add({text(p, "key"), text(p, "plugin"), text(p, "channel"), text(p, "pool"), provider_state(p), detail_of(p)});
  }
  session.out << (table.empty() ? "There is none: nothing can be sent. Write one into a file and run `messo apply FILE`.\n"
                                : table.to_text());
  return {};
}

Status show(Session& session, const ProviderOptions& o) {
  const auto providers = fetch(session);
  if (!providers) return fail(Error(providers.error()));
  for (const json& p : *providers) {
    if (text(p, "key") != o.key) continue;
    if (session.printed_json(p)) return {};
    session.out << o.key << "  " << provider_state(p) << (detail_of(p).empty() ? "" : ": " + plain(detail_of(p))) << '\n';
    for (const char* name :
         {"plugin", "channel", "pool", "weight", "share", "concurrency", "segment_cost", "on_doubt", "isolation", "memory_mb", "version"}) {
      session.out << "  " << name << std::string(14 - std::string_view(name).size(), ' ') << text(p, name) << '\n';
    }
    if (!list(p, "organisations").empty()) session.out << "  organisations " << joined(list(p, "organisations")) << '\n';
    session.out << "  settle_on     " << joined(list(p, "settle_on")) << '\n';
    const std::string callback = text(p, "callback_url").empty() ? text(p, "callback_path") : text(p, "callback_url");
    if (!callback.empty()) session.out << "  callback      " << callback << '\n';
    for (const char* name : {"rates", "config"}) {
      if (p.contains(name) && !p[name].empty())
        session.out << "  " << name << std::string(14 - std::string_view(name).size(), ' ') << p[name].dump() << '\n';
    }
    return {};
  }
  return fail(ErrorKind::not_found, "not_found", "there is no provider \"" + o.key + "\": `messo provider list` shows those in use");
}

Status act(Session& session, const ProviderOptions& o, const std::string& verb, json body, std::string_view done) {
  auto answer = session.api().call({.method = "POST",
                                    .path = "/v1/admin/providers/" + percent_encode(o.key) + '/' + verb,
                                    .body = std::move(body),
                                    .timeout = Millis{60'000}});
  if (!answer) return fail(std::move(answer.error()));
  if (!session.printed_json(answer->body)) session.out << (done.empty() ? text(answer->body, "detail") : std::string(done)) << '\n';
  if (answer->body.contains("passed") && !flag(answer->body, "passed")) session.exit_code = kFailure;
  return {};
}

Status pause(Session& session, const ProviderOptions& o) {
  return act(session, o, "pause", {{"reason", o.reason}}, "Paused. Go on with: messo provider resume " + o.key);
}
Status resume(Session& session, const ProviderOptions& o) { return act(session, o, "resume", nullptr, "Goes on."); }
Status test(Session& session, const ProviderOptions& o) { return act(session, o, "test", nullptr, ""); }

std::string left_on(const json& balance) {
  std::string out = text(balance, "amount");
  if (!out.empty() && balance.contains("currency")) out += ' ' + text(balance, "currency");
  if (balance.contains("messages")) out += (out.empty() ? "" : ", ") + text(balance, "messages") + " messages";
  return out;
}

Result<json> ask_balance(Session& session, const std::string& key) {
  auto answer = session.api().call({.path = "/v1/admin/providers/" + percent_encode(key) + "/balance", .timeout = Millis{60'000}});
  if (!answer) return fail(std::move(answer.error()));
  return std::move(answer->body);
}

// Of one; or of all that can be asked, where one that does not answer is a line and not the end.
Status balance(Session& session, const ProviderOptions& o) {
  if (!o.key.empty()) {
    const auto one = ask_balance(session, o.key);
    if (!one) return fail(Error(one.error()));
    if (session.printed_json(*one)) return {};
    session.out << left_on(*one) << (text(*one, "detail").empty() ? "" : "  (" + plain(text(*one, "detail")) + ")") << '\n';
    return {};
  }
  const auto providers = fetch(session);
  if (!providers) return fail(Error(providers.error()));
  auto items = json::array();
  Table table({"KEY", "LEFT", "DETAIL"});
  for (const json& p : *providers) {
    if (!flag(p, "tells_balance")) continue;
    const auto one = ask_balance(session, text(p, "key"));
    if (!one && one.error().code == "no_balance") continue;
    if (!one) session.exit_code = kFailure;
    items.push_back(one ? *one : json{{"provider", text(p, "key")}, {"problem", one.error().message}});
    table.add({text(p, "key"), one ? left_on(*one) : "?", one ? text(*one, "detail") : one.error().message});
  }
  if (session.printed_json({{"items", items}})) return {};
  session.out << (table.empty() ? "No provider in use can be asked what is left.\n" : table.to_text());
  return {};
}

Status new_callback(Session& session, const ProviderOptions& o) {
  auto answer = session.api().call({.method = "POST", .path = "/v1/admin/providers/" + percent_encode(o.key) + "/callback-token"});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  session.out << text(answer->body, "callback_path")
              << "\nCalls to the old address are refused from now on: give the provider the new one.\n";
  return {};
}

}  // namespace

void add_provider(CLI::App& app, Session& session) {
  auto o = std::make_shared<ProviderOptions>();
  auto& provider = add_group(app, "provider", "Those who send: configured plugins");
  add_command(provider, "list", "Providers and how they are", session, o, &print);
  const auto with_key = [&](const char* name, const char* about, Status (*body)(Session&, const ProviderOptions&)) {
    auto* command = add_command(provider, name, about, session, o, body);
    command->add_option("KEY", o->key, "Key of the provider")->required();
    return command;
  };
  with_key("show", "One provider with its settings, without secrets", &show);
  with_key("pause", "Hands nothing to it any more; nothing is lost", &pause)
      ->add_option("--reason", o->reason, "For the colleague who finds it paused");
  with_key("resume", "Goes on with a paused provider", &resume);
  with_key("new-callback", "Gives it another call-back address; the old one ends at once", &new_callback);
  with_key("test", "Tries its account without sending anything", &test);
  add_command(provider, "balance", "What is left on its account", session, o, &balance)
      ->add_option("KEY", o->key, "Key of the provider; without it: every one that can be asked");
}

}  // namespace messo::cli
