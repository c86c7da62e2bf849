#include "model/sms_sender_choice.hpp"

#include "base/ascii.hpp"

namespace messo {
namespace {

// Calls `use` with the organisation and those above it, nearest first, until it returns true.
template <class F>
void upwards(const DirectorySnapshot& directory, OrganisationId organisation, F&& use) {
  for (const auto* one = directory.organisation_by_id(organisation); one != nullptr; one = directory.above(*one)) {
    if (use(*one)) return;
  }
}

// Of the aliases of one organisation.
template <class F>
void each_sms_alias(const DirectorySnapshot& directory, OrganisationId organisation, F&& use) {
  for (auto at = directory.sms_senders.lower_bound({organisation, std::string()});
       at != directory.sms_senders.end() && at->first.first == organisation; ++at) {
    use(at->second);
  }
}

// The one registered alias; nothing when there are several. `any` tells whether there is one at all.
std::string_view only_registered(const DirectorySnapshot& directory, OrganisationId organisation, bool& any) {
  std::string_view alias;
  std::size_t count = 0;
  each_sms_alias(directory, organisation, [&](const SmsSender& sender) {
    if (sender.state != AliasState::registered) return;
    alias = sender.alias;
    ++count;
  });
  any = count > 0;
  return count == 1 ? alias : std::string_view();
}

// Registers compare as written: one that differs in case alone is the likeliest slip of the pen.
std::string other_case(const DirectorySnapshot& directory, OrganisationId organisation, std::string_view alias) {
  std::string found;
  upwards(directory, organisation, [&](const Organisation& one) {
    each_sms_alias(directory, one.id, [&](const SmsSender& sender) {
      if (sender.state == AliasState::registered && equal_ignoring_case(sender.alias, alias)) found = sender.alias;
    });
    return !found.empty();
  });
  return found;
}

}  // namespace

const SmsSender* sms_alias_for(const DirectorySnapshot& directory, OrganisationId organisation, std::string_view alias) {
  const SmsSender* nearest = nullptr;
  const SmsSender* registered = nullptr;
  upwards(directory, organisation, [&](const Organisation& one) {
    const auto at = directory.sms_senders.find({one.id, std::string(alias)});
    if (at == directory.sms_senders.end()) return false;
    if (nearest == nullptr) nearest = &at->second;
    if (at->second.state == AliasState::registered) registered = &at->second;
    return registered != nullptr;
  });
  return registered != nullptr ? registered : nearest;
}

std::string_view sms_sender_of(const DirectorySnapshot& directory, const Service& service) {
  if (const auto own = service.senders.find(Channel::sms); own != service.senders.end() && !own->second.address.empty()) {
    return own->second.address;
  }
  std::string_view alias;
  upwards(directory, service.organisation, [&](const Organisation& one) {
    bool any = false;
    alias = only_registered(directory, one.id, any);
    return any;
  });
  return alias;
}

std::string refused_sms_sender(const DirectorySnapshot& directory, OrganisationId organisation, std::string_view sender) {
  if (!is_sms_alias(sender)) return {};
  const SmsSender* known = sms_alias_for(directory, organisation, sender);
  if (known != nullptr && known->state == AliasState::registered) return {};
  const std::string alias = "the SMS sender \"" + std::string(sender) + "\" ";
  if (known != nullptr && known->state == AliasState::pending) {
    return alias +
           "is not registered with AGCOM yet (pending): once it is, enter it as registered with `messo sms sender set`, or send with " +
           "another sender meanwhile";
  }
  if (known != nullptr) {
    return alias + "was refused by AGCOM's register (refused): give the service another sender, registered for its organisation";
  }
  if (const std::string near = other_case(directory, organisation, sender); !near.empty()) {
    return alias + "is not registered for this organisation, \"" + near + "\" is: write the service's sender exactly so";
  }
  return alias +
         "is not registered for this organisation (unknown): have it registered with AGCOM and enter it with `messo sms sender set`, or " +
         "give the service a registered one";
}

}  // namespace messo
