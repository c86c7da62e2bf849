// The program messod: arguments, signals, exit codes.
#pragma once
#include <iosfwd>

namespace messo {

// Exit codes: 0 stopped as asked, 1 failure (the log says which), 2 bad configuration or usage. Never throws.
int run_messod(int argc, const char* const* argv, std::ostream& out, std::ostream& log_stream);

}  // namespace messo
