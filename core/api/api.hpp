// The API: what the three listeners answer with (docs/api.md, docs/openapi.yaml).
//
// The composition root makes it, starts one http::Server per side with its handler, and at the end calls stop_waiting(), stops the servers,
// and only then destroys it.
#pragma once
#include <memory>

#include "api/exchange.hpp"
#include "api/http/server.hpp"

namespace messo::api {

class Api {
 public:
  // Everything in `parts` must outlive it.
  Api(ApiParts parts, ApiOptions options);
  ~Api();

  http::Handler& public_side();
  http::Handler& admin_side();
  http::Handler& socket_side();

  // Events were committed: wakes those who wait for them. Cheap, any thread.
  void events_changed() { hub_.events.ring(); }
  // Requests that wait for events answer at once from now on.
  void stop_waiting() { hub_.events.close(); }
  Hub& hub() { return hub_; }

 private:
  class SideHandler;
  Hub hub_;
  std::unique_ptr<SideHandler> public_, admin_, socket_;
};

}  // namespace messo::api
