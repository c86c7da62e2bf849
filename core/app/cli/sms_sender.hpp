// `messo sms sender`: aliases and their registration.
#pragma once
#include "app/cli/session.hpp"

namespace CLI {
class App;
}

namespace messo::cli {

void add_sms_sender(CLI::App& sms, Session& session);

}  // namespace messo::cli
