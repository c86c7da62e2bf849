// What the administration's /v1/admin/apply does: document -> plan -> one transaction.
#pragma once
#include "api/hub.hpp"
#include "channel/plugin_catalog.hpp"
#include "config/apply_plan.hpp"

namespace messo {

// All given must outlive the handler. Errors: invalid "bad_document" with every mistake by JSON pointer; those of the store. When somebody
// else changes the directory meanwhile it plans again.
api::ApplyHandler make_apply_handler(DirectoryStore& directory, ProviderConfigCheck check, const Clock& clock);

}  // namespace messo
