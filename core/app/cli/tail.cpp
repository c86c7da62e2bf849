#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/notification_view.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

struct TailOptions {
  std::string service, after = "latest";
  bool once = false;
};

// Until somebody ends it; with --once until there is nothing new.
Status follow(Session& session, const TailOptions& o) {
  std::string after = o.after;
  for (;;) {
    const bool position_only = after == "latest";
    auto answer = session.api().call(
        {.path = "/v1/events",
         .query = {{"after", after}, {"limit", "500"}, {"service", o.service}, {"wait", o.once || position_only ? "" : "20"}},
         .timeout = Millis{40'000}});
    if (!answer) return fail(std::move(answer.error()));
    const json& events = list(answer->body, "items");
    for (const json& event : events) {
      if (session.as_json) {
        session.out << event.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
      } else {
        session.out << text(event, "notification") << "  " << event_line(event) << '\n';
      }
    }
    session.out << std::flush;
    after = text(answer->body, "next");
    if (o.once && events.empty()) return {};
  }
}

}  // namespace

void add_tail(CLI::App& app, Session& session) {
  auto o = std::make_shared<TailOptions>();
  auto* c = add_command(app, "tail", "Events as they happen; end it with Ctrl-C", session, o, &follow);
  only_of_service(c, o->service);
  c->add_option("--after", o->after, "From after this position; 0 for all there are")->capture_default_str();
  c->add_flag("--once", o->once, "Stop when there is nothing new");
}

}  // namespace messo::cli
