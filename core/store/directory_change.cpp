#include "store/directory_change.hpp"

#include <algorithm>
#include <set>

namespace messo {
namespace {

Secret new_hmac_key() {
  std::array<std::uint8_t, 32> bytes{};
  random_bytes(bytes);
  return Secret(std::string(as_text(bytes)));
}

void put_organisations(DirectorySnapshot& to, const DirectoryChange& change) {
  for (const Organisation& given : change.organisations) {
    Organisation value = given;
    const auto old = to.organisations.find(given.id);
    if (old != to.organisations.end()) {
      value.hmac_key = old->second.hmac_key;  // changing it would lose every look-up by address
    } else if (value.hmac_key.empty()) {
      value.hmac_key = new_hmac_key();
    }
    to.organisations[given.id] = std::move(value);
  }
}

void put_providers(DirectorySnapshot& to, const DirectoryChange& change) {
  for (const Provider& given : change.providers) {
    const auto old = to.providers.find(given.id);
    const std::uint64_t version = old == to.providers.end() ? 1 : old->second.version + 1;
    Provider& stored = to.providers[given.id];
    stored = given;
    stored.version = version;
  }
}

void put_keys(DirectorySnapshot& to, const DirectoryChange& change) {
  for (const ApiKey& given : change.keys) {
    const auto old = std::ranges::find(to.keys, given.id, &ApiKey::id);
    if (old == to.keys.end()) {
      to.keys.push_back(given);
    } else {
      *old = given;
    }
  }
}

void put_pauses(DirectorySnapshot& to, const DirectoryChange& change) {
  const auto drop = [&](const Pause& p) {
    std::erase_if(to.pauses, [&](const Pause& other) { return other.scope == p.scope && other.subject == p.subject; });
  };
  for (const Pause& p : change.resumed) drop(p);
  for (const Pause& p : change.pauses) {
    drop(p);
    to.pauses.push_back(p);
  }
}

void put_sms_senders(DirectorySnapshot& to, const DirectoryChange& change) {
  for (const SmsSender& gone : change.sms_senders_removed) to.sms_senders.erase({gone.organisation, gone.alias});
  for (const SmsSender& given : change.sms_senders) to.sms_senders[{given.organisation, given.alias}] = given;
}

tl::unexpected<Error> taken(std::string_view what, std::string_view key) {
  return fail(ErrorKind::conflict, "key_taken", "There is already " + std::string(what) + " with the key \"" + std::string(key) + "\".");
}

Status check_organisations(const DirectorySnapshot& now) {
  std::set<std::string_view> keys;
  for (const auto& [id, organisation] : now.organisations) {
    if (!keys.insert(organisation.key).second) return taken("an organisation", organisation.key);
    std::set<OrganisationId> above{id};
    for (auto parent = organisation.parent; parent;) {
      if (!above.insert(*parent).second) {
        return fail(ErrorKind::invalid, "organisation_cycle", "Organisation \"" + organisation.key + "\" would be its own parent.");
      }
      const auto at = now.organisations.find(*parent);
      if (at == now.organisations.end()) {
        return fail(ErrorKind::invalid, "unknown_organisation", "The parent of organisation \"" + organisation.key + "\" does not exist.");
      }
      parent = at->second.parent;
    }
  }
  return {};
}

Status check_services(const DirectorySnapshot& now) {
  std::set<std::pair<OrganisationId, std::string_view>> keys;
  for (const auto& [id, service] : now.services) {
    if (!now.organisations.contains(service.organisation)) {
      return fail(ErrorKind::invalid, "unknown_organisation", "The organisation of service \"" + service.key + "\" does not exist.");
    }
    if (!keys.insert({service.organisation, service.key}).second) return taken("a service of this organisation", service.key);
  }
  return {};
}

Status check_keys(const DirectorySnapshot& now) {
  std::set<std::pair<ServiceId, std::string_view>> names;
  std::set<Sha256> hashes;
  for (const ApiKey& key : now.keys) {
    if (!now.services.contains(key.service)) {
      return fail(ErrorKind::invalid, "unknown_service", "The service of key \"" + key.name + "\" does not exist.");
    }
    // A revoked key's name may be used again: that is how keys are rotated.
    if (!key.revoked_at && !names.insert({key.service, key.name}).second) return taken("a key of this service", key.name);
    if (!hashes.insert(key.hash).second) return fail(ErrorKind::conflict, "key_taken", "This API key exists already; make a new one.");
  }
  return {};
}

Status check_providers(const DirectorySnapshot& now) {
  std::set<std::string_view> keys;
  for (const auto& [id, provider] : now.providers) {
    if (!keys.insert(provider.key).second) return taken("a provider", provider.key);
    for (const OrganisationId& organisation : provider.organisations) {
      if (!now.organisations.contains(organisation)) {
        return fail(ErrorKind::invalid, "unknown_organisation", "An organisation of provider \"" + provider.key + "\" does not exist.");
      }
    }
  }
  return {};
}

Status check_sms_senders(const DirectorySnapshot& now) {
  for (const auto& [name, sender] : now.sms_senders) {
    if (!now.organisations.contains(sender.organisation)) {
      return fail(ErrorKind::invalid, "unknown_organisation", "The organisation of the alias \"" + sender.alias + "\" does not exist.");
    }
  }
  return {};
}

}  // namespace

Result<DirectorySnapshot> changed(const DirectorySnapshot& before, const DirectoryChange& change, std::uint64_t expected_version) {
  if (before.version != expected_version) {
    return fail(ErrorKind::conflict, "directory_changed",
                "Somebody else changed the directory meanwhile; read it again and repeat the change.");
  }
  DirectorySnapshot now = before;
  now.version = before.version + 1;
  put_organisations(now, change);
  for (const Service& service : change.services) now.services[service.id] = service;
  put_keys(now, change);
  put_providers(now, change);
  put_pauses(now, change);
  put_sms_senders(now, change);
  for (const auto check : {check_organisations, check_services, check_keys, check_providers, check_sms_senders}) {
    if (const Status fine = check(now); !fine) return fail(fine.error());
  }
  return now;
}

}  // namespace messo
