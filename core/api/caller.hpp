// Who asks: authentication and what follows from it (DESIGN §8).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "api/http/message.hpp"
#include "base/guarded.hpp"
#include "base/result.hpp"
#include "model/directory.hpp"
#include "store/directory_store.hpp"
#include "store/ledger.hpp"

namespace messo::api {

// An authenticated request's sender. The pointers live as long as `directory`.
struct Caller {
  DirectoryPtr directory;
  const Organisation* organisation = nullptr;  // null: the whole hub
  const Service* service = nullptr;            // null: an administrator who did not name one
  KeyId key;                                   // nil on the Unix socket
  KeyKind kind = KeyKind::live;
  Scopes scopes;
  bool whole_hub = false;  // let in by the Unix socket
  std::string actor;       // for the audit: "key <id>", "uid 0 over the Unix socket"

  // What the caller may see: one service's rows, or everything.
  Visibility visibility() const;
  // Whether the organisation is the caller's to administer.
  bool administers(const OrganisationId& id) const { return whole_hub || (organisation != nullptr && organisation->id == id); }
};

// Finds the caller of a request. Thread-safe; cheap: a hash and a look-up.
class KeyRing {
 public:
  explicit KeyRing(const DirectoryStore& directory) : directory_(directory) {}

  // By bearer key, or by the peer credentials of the Unix socket. `unauthenticated` is the same for no key, a wrong one, a revoked one, and
  // one of a retired service.
  Result<Caller> authenticate(const http::Request& request);

 private:
  // Usable keys of one snapshot, by the first bytes of their hash.
  struct Index {
    DirectoryPtr directory;
    std::unordered_multimap<std::uint64_t, const ApiKey*> by_hash;
  };
  std::shared_ptr<const Index> index();
  static std::shared_ptr<const Index> make_index(DirectoryPtr directory);

  const DirectoryStore& directory_;
  Guarded<std::shared_ptr<const Index>> index_;
};

// The service an administrator acts for: "organisation/service" as query parameter `service` or header `Messo-Service`. Leaves the caller
// as it is when neither is there. Errors: invalid "bad_service" (not on this connection, malformed, unknown, retired).
Status act_for_service(Caller& caller, const http::Request& request);

// "organisation/service" -> both; errors as above, with `field` as the field of the error.
struct ServiceAddress {
  const Organisation* organisation = nullptr;
  const Service* service = nullptr;
};
Result<ServiceAddress> find_service(const DirectorySnapshot& directory, std::string_view text, const std::string& field);

}  // namespace messo::api
