// What the template resources share.
#pragma once
#include "api/exchange.hpp"

namespace messo::api::resources {

// The published version, or the one asked for, of the caller's organisation.
Result<CatalogueEntryPtr> find_template(Exchange& exchange, std::string_view key, std::optional<std::uint32_t> version);
// The problem to answer when an administrator has not said for which organisation.
std::optional<http::Response> need_organisation(const Exchange& exchange);

}  // namespace messo::api::resources
