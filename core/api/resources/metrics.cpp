#include "api/resources/resources.hpp"

namespace messo::api::resources {

Response read_metrics(Exchange& exchange) {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = exchange.hub.metrics.text();
  return response;
}

}  // namespace messo::api::resources
