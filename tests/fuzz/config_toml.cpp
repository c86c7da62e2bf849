// links: messo_config
// Hostile configuration: both schemas over any text. Nothing may crash, hang, or print what it loaded differently a second time.
#include <cstdint>
#include <cstdlib>

#include "config/apply_plan.hpp"
#include "config/node_config.hpp"

namespace {

messo::Result<messo::CheckedProviderConfig> accept_all(const std::string&, messo::Channel, const nlohmann::json& config) {
  return messo::CheckedProviderConfig{config.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), messo::Secret("{}")};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace messo;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto config = parse_node_config(text, "fuzz.toml", "/"); config) {
    const auto again = parse_node_config(print_node_config(*config), "again.toml", "/");
    if (!again || !compare(*config, *again).restart.empty() || !compare(*config, *again).live.empty()) std::abort();
  } else if (to_text(config.error()).empty()) {
    std::abort();
  }
  auto document = parse_toml(text, "fuzz.toml");
  if (!document) return 0;
  (void)resolve_secrets(*document, [](std::string_view) -> Result<Secret> { return Secret("secret"); });
  if (const auto parsed = parse_apply_document(std::move(*document)); parsed) {
    (void)plan_apply(*parsed, DirectorySnapshot{}, accept_all, from_unix_ms(1'780'000'000'000));
  }
  return 0;
}
