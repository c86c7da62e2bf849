// Whose doubts a caller may see and decide.
#pragma once
#include "api/exchange.hpp"

namespace messo::api::resources {

// The one organisation of an admin key; absent for an administrator of the whole hub.
std::optional<OrganisationId> seen_organisation(const Exchange& exchange);

}  // namespace messo::api::resources
