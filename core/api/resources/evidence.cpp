// The proof of what was sent and what came back, for whoever may read the notification.
#include "api/resources/resources.hpp"
#include "base/hash.hpp"

namespace messo::api::resources {

Response read_evidence(Exchange& exchange) {
  const auto id = NotificationId::parse(exchange.args.front());
  if (!id) return problem(exchange.request, 404, "not_found", "There is no such notification.");
  auto* desk = exchange.hub.parts.evidence;
  if (desk == nullptr) return problem(exchange.request, 404, "no_evidence", "This hub hands out no evidence.");
  const auto package = desk->package(exchange.caller.visibility(), *id);
  if (!package) return answer(exchange.request, package.error());
  Response response;
  response.content_type = "application/zip";
  response.add("Content-Disposition", "attachment; filename=\"attestazione-" + id->to_string() + ".zip\"");
  response.source = std::make_shared<const http::BodySource>(http::BodySource{
      (*package)->size(), [held = *package](std::uint64_t offset, std::uint64_t length) { return held->read(offset, length); }});
  return response;
}

Response read_evidence_key(Exchange& exchange) {
  const auto* desk = exchange.hub.parts.evidence;
  if (desk == nullptr) return problem(exchange.request, 404, "no_evidence", "This hub hands out no evidence.");
  return answer(
      Json{{"algorithm", "Ed25519"}, {"public_key", to_base64(desk->public_key())}, {"pem", public_key_to_pem(desk->public_key())}});
}

}  // namespace messo::api::resources
