#include "config/sms_default_sender.hpp"

#include <algorithm>

#include "model/sms_sender_choice.hpp"

namespace messo {
namespace {

constexpr std::size_t kMostNamed = 5;

// Keys of organisations some of whose messages would leave with the provider's own sender although it is not registered for them.
std::vector<std::string> unregistered_for(const DirectorySnapshot& after, const Provider& provider, const std::string& sender) {
  std::vector<std::string> keys;
  for (const auto& [id, organisation] : after.organisations) {
    if (organisation.retired || !provider.serves(id) || refused_sms_sender(after, id, sender).empty()) continue;
    Service without_sender;
    without_sender.organisation = id;
    if (sms_sender_of(after, without_sender).empty()) keys.push_back(organisation.key);
  }
  std::ranges::sort(keys);
  return keys;
}

std::string named(const std::vector<std::string>& keys) {
  std::string out;
  for (std::size_t i = 0; i < std::min(keys.size(), kMostNamed); ++i) out += (out.empty() ? "" : ", ") + keys[i];
  return keys.size() <= kMostNamed ? out : out + " and " + std::to_string(keys.size() - kMostNamed) + " more";
}

}  // namespace

std::string sms_default_sender(const Provider& provider) {
  if (provider.channel != Channel::sms) return {};
  const auto config = nlohmann::json::parse(provider.config_json, nullptr, false);
  if (!config.is_object()) return {};
  const auto sender = config.find("sender");
  return sender != config.end() && sender->is_string() ? sender->get<std::string>() : std::string();
}

std::vector<std::string> sms_sender_warnings(const ApplyDocument& document, const DirectorySnapshot& after) {
  const auto alias_named = [&](const std::string& sender) {
    return std::ranges::find(document.sms_senders, sender, &SmsSenderEntry::alias) != document.sms_senders.end();
  };
  std::vector<std::string> out;
  for (const auto& [id, service] : after.services) {
    const auto own = service.senders.find(Channel::sms);
    if (service.retired || own == service.senders.end()) continue;
    const std::string& organisation = after.organisations.at(service.organisation).key;
    const bool service_named = std::ranges::any_of(
        document.services, [&](const ServiceEntry& e) { return e.organisation == organisation && e.key == service.key; });
    if (!service_named && !alias_named(own->second.address)) continue;
    if (auto refusal = refused_sms_sender(after, service.organisation, own->second.address); !refusal.empty()) {
      out.push_back("service " + organisation + '/' + service.key + ": its SMS are refused: " + std::move(refusal));
    }
  }
  for (const auto& [id, provider] : after.providers) {
    const std::string sender = sms_default_sender(provider);
    const bool provider_named = std::ranges::find(document.providers, provider.key, &ProviderEntry::key) != document.providers.end();
    if (sender.empty() || provider.retired || !provider.enabled || (!provider_named && !alias_named(sender))) continue;
    if (const auto keys = unregistered_for(after, provider, sender); !keys.empty()) {
      out.push_back(
          "provider " + provider.key + ": its own SMS sender \"" + sender + "\" is not registered for " + named(keys) +
          ": SMS of services without a sender of their own are refused there. Register it ([[sms_sender]]), give them a registered one, "
          "or set a number");
    }
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace messo
