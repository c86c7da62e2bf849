// Which sender an SMS has, and whether it may leave with it. Pure.
#pragma once
#include <string>
#include <string_view>

#include "model/directory.hpp"

namespace messo {

// What is known of an alias for an organisation: its registration by the organisation or by one above it; where there is none, the nearest
// entry; null when nobody entered it.
const SmsSender* sms_alias_for(const DirectorySnapshot& directory, OrganisationId organisation, std::string_view alias);
// The service's own sender; else the one registered alias of the organisation, or of the nearest above it that has any registered; ""
// (none, or several) leaves it to the provider. Borrows from the directory.
std::string_view sms_sender_of(const DirectorySnapshot& directory, const Service& service);
// Why a live message of the organisation must not leave with `sender`: names the alias, how it stands and what to do. "" when it may: a
// registered alias, a number, a short code, or nothing at all.
std::string refused_sms_sender(const DirectorySnapshot& directory, OrganisationId organisation, std::string_view sender);

}  // namespace messo
