#include "api/caller.hpp"

#include <cstring>

#include "base/hash.hpp"

namespace messo::api {
namespace {

std::uint64_t head_of(const Sha256& hash) {
  std::uint64_t head = 0;
  std::memcpy(&head, hash.data(), sizeof head);
  return head;
}

tl::unexpected<Error> no_key() {
  return fail(ErrorKind::unauthenticated, "unauthenticated", "A valid key is needed: \"Authorization: Bearer messo_live_...\".");
}

// RFC 6750 §2.1; the scheme is compared without case.
std::optional<std::string_view> bearer(const http::Request& request) {
  const auto value = request.field("Authorization");
  if (!value || value->size() < 8 || !http::same_name(value->substr(0, 7), "Bearer ")) return {};
  return value->substr(7);
}

}  // namespace

Visibility Caller::visibility() const {
  if (service != nullptr) return {service->organisation, service->id};
  if (organisation != nullptr) return {organisation->id, {}};
  return {};
}

std::shared_ptr<const KeyRing::Index> KeyRing::make_index(DirectoryPtr directory) {
  auto made = std::make_shared<Index>();
  for (const auto& key : directory->keys) {
    const auto service = directory->services.find(key.service);
    if (key.revoked_at || service == directory->services.end() || service->second.retired) continue;
    const auto organisation = directory->organisations.find(service->second.organisation);
    if (organisation == directory->organisations.end() || organisation->second.retired) continue;
    made->by_hash.emplace(head_of(key.hash), &key);
  }
  made->directory = std::move(directory);
  return made;
}

std::shared_ptr<const KeyRing::Index> KeyRing::index() {
  auto newest = directory_.snapshot();
  auto known = index_.copy();
  if (known && known->directory == newest) return known;
  auto made = make_index(std::move(newest));
  index_.with([&](auto& current) { current = made; });
  return made;
}

Result<Caller> KeyRing::authenticate(const http::Request& request) {
  Caller caller;
  if (request.peer != nullptr && request.peer->local) {
    if (!request.peer->administrator) {
      return fail(ErrorKind::forbidden, "not_an_administrator",
                  "Only root, the daemon's own user and its administrators' group may use this socket; run the command as one of them.");
    }
    caller.directory = directory_.snapshot();
    caller.whole_hub = true;
    for (const auto scope : {Scope::send, Scope::read, Scope::admin}) caller.scopes.add(scope);
    caller.actor = "uid " + std::to_string(request.peer->uid) + " over the Unix socket";
    return caller;
  }
  const auto token = bearer(request);
  if (!token || token->size() > 200) return no_key();
  const auto hash = sha256(*token);
  const auto keys = index();
  const auto [first, last] = keys->by_hash.equal_range(head_of(hash));
  for (auto at = first; at != last; ++at) {
    const ApiKey& key = *at->second;
    if (!equal_constant_time(as_text(key.hash), as_text(hash))) continue;
    caller.directory = keys->directory;
    caller.service = &caller.directory->services.at(key.service);
    caller.organisation = &caller.directory->organisations.at(caller.service->organisation);
    caller.key = key.id;
    caller.kind = key.kind;
    caller.scopes = key.scopes;
    caller.actor = "key " + key.id.to_string();
    return caller;
  }
  return no_key();
}

Result<ServiceAddress> find_service(const DirectorySnapshot& directory, std::string_view text, const std::string& field) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return fail_field(field, "bad_service", "must be written \"organisation/service\"");
  const auto* organisation = directory.organisation_by_key(text.substr(0, slash));
  if (organisation == nullptr || organisation->retired) return fail_field(field, "bad_service", "there is no such organisation");
  const auto* service = directory.service_by_key(organisation->id, text.substr(slash + 1));
  if (service == nullptr || service->retired) return fail_field(field, "bad_service", "the organisation has no such service");
  return ServiceAddress{organisation, service};
}

Status act_for_service(Caller& caller, const http::Request& request) {
  auto named = request.parameter("service");
  if (!named) named = request.field("Messo-Service");
  const auto mode = request.parameter("mode");
  if (!named && !mode) return {};
  if (!caller.whole_hub)
    return fail_field("service", "bad_service", "a service or mode can be named on the Unix socket only; a key has its own");
  if (mode) {
    const auto kind = parse_key_kind(*mode);
    if (!kind) return fail_field("mode", "bad_service", "must be \"live\" or \"test\"");
    caller.kind = *kind;
  }
  if (!named) return {};
  auto found = find_service(*caller.directory, *named, "service");
  if (!found) return fail(found.error());
  caller.organisation = found->organisation;
  caller.service = found->service;
  return {};
}

}  // namespace messo::api
