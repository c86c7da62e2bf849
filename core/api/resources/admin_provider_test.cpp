#include "api/resources/resources.hpp"

namespace messo::api::resources {

// A provider that fails its test is an answer, not an error: the request did what it was asked to do.
Response try_provider(Exchange& exchange) {
  if (!exchange.hub.parts.probe) return problem(exchange.request, 503, "unavailable", "This node runs no providers.");
  const auto report = exchange.hub.parts.probe(exchange.args.front());
  if (report) return answer(Json{{"passed", true}, {"detail", *report}});
  const Error& error = report.error();
  if (error.code == "no_probe") return problem(exchange.request, 409, "no_probe", error.message);
  if (error.kind == ErrorKind::unavailable) return answer(Json{{"passed", false}, {"detail", error.message}});
  return answer(exchange.request, error);
}

}  // namespace messo::api::resources
