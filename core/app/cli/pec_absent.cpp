// In builds without GMime: nothing there reads PEC messages.
#include "app/cli/commands.hpp"

namespace messo::cli {

void add_pec(CLI::App&, Session&) {}

}  // namespace messo::cli
