#include "app/embedded_providers.hpp"

#include <nlohmann/json.hpp>

#include "config/apply_plan.hpp"

namespace messo {

std::optional<DirectoryChange> embedded_providers(const DirectorySnapshot& directory, const std::filesystem::path& folder, Instant now) {
  if (!directory.providers.empty()) return {};
  DirectoryChange change;
  change.actor = "messod at its first start";
  for (const Channel channel : kChannels) {
    Provider provider;
    provider.id = ProviderId::make(now);
    provider.key = embedded_outbox_key(channel);
    provider.plugin = "outbox";
    provider.channel = channel;
    provider.pool = std::string(to_string(channel));
    // A folder each: an instance tidies its own.
    provider.config_json = nlohmann::json{{"directory", (folder / provider.pool).string()}}.dump();
    provider.on_doubt = OnDoubt::resend;  // writing the same file twice harms nobody
    provider.version = 1;
    change.audit.push_back("+ provider " + provider.key + " (outbox, " + provider.pool + "), test mode");
    change.providers.push_back(std::move(provider));
  }
  return change;
}

}  // namespace messo
