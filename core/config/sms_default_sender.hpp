// The sender a provider of SMS sets by itself, and what is wrong with senders as a whole. Pure.
#pragma once
#include <string>
#include <vector>

#include "config/apply_document.hpp"

namespace messo {

// The setting `sender` of its plugin: what messages without one leave with. "" when it has none, or serves another channel.
std::string sms_default_sender(const Provider& provider);

// Aliases that are not registered although messages would leave with them: senders of services and of providers which the document names,
// or whose alias it names. `after`: as the directory will be. Such messages are refused until the alias is registered; nothing else is.
std::vector<std::string> sms_sender_warnings(const ApplyDocument& document, const DirectorySnapshot& after);

}  // namespace messo
