#include <CLI/CLI.hpp>
#include <ostream>

#include "app/cli/commands.hpp"
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

std::string state_of(const json& provider) {
  if (flag(provider, "retired")) return "retired";
  if (!flag(provider, "enabled")) return "disabled";
  return text(provider, "plugin") == "outbox" ? text(provider, "state") + ", TEST MODE" : text(provider, "state");
}
std::string detail_of(const json& provider) {
  return text(provider, "pause_reason").empty() ? text(provider, "detail") : text(provider, "pause_reason");
}

Status print(Session& session) {
  const auto providers = fetch(session);
  if (!providers) return fail(Error(providers.error()));
  if (session.printed_json({{"items", *providers}})) return {};
  Table table({"KEY", "PLUGIN", "CHANNEL", "POOL", "STATE", "DETAIL"});
  for (const json& p : *providers) {
    table.add({text(p, "key"), text(p, "plugin"), text(p, "channel"), text(p, "pool"), state_of(p), detail_of(p)});
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
    session.out << o.key << "  " << state_of(p) << (detail_of(p).empty() ? "" : ": " + plain(detail_of(p))) << '\n';
    for (const char* name : {"plugin", "channel", "pool", "weight", "concurrency", "on_doubt", "isolation", "memory_mb", "version"}) {
      session.out << "  " << name << std::string(14 - std::string_view(name).size(), ' ') << text(p, name) << '\n';
    }
    if (!list(p, "organisations").empty()) session.out << "  organisations " << joined(list(p, "organisations")) << '\n';
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

}  // namespace

void add_provider(CLI::App& app, Session& session) {
  auto o = std::make_shared<ProviderOptions>();
  auto* provider = app.add_subcommand("provider", "Those who send: configured plugins");
  provider->require_subcommand(1);
  auto* l = provider->add_subcommand("list", "Providers and how they are");
  l->callback([&session] { session.run([&] { return print(session); }); });
  const auto with_key = [&](const char* name, const char* about) {
    auto* command = provider->add_subcommand(name, about);
    command->add_option("KEY", o->key, "Key of the provider")->required();
    return command;
  };
  with_key("show", "One provider with its settings, without secrets")->callback([&session, o] {
    session.run([&] { return show(session, *o); });
  });
  auto* pause = with_key("pause", "Hands nothing to it any more; nothing is lost");
  pause->add_option("--reason", o->reason, "For the colleague who finds it paused");
  pause->callback([&session, o] {
    session.run([&] { return act(session, *o, "pause", {{"reason", o->reason}}, "Paused. Go on with: messo provider resume " + o->key); });
  });
  with_key("resume", "Goes on with a paused provider")->callback([&session, o] {
    session.run([&] { return act(session, *o, "resume", nullptr, "Goes on."); });
  });
  with_key("test", "Tries its account without sending anything")->callback([&session, o] {
    session.run([&] { return act(session, *o, "test", nullptr, ""); });
  });
}

}  // namespace messo::cli
