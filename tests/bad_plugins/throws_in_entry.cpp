// Its entry function throws.
#include <stdexcept>

#include "bad_plugin.hpp"

BAD_ENTRY { throw std::runtime_error("no table today"); }
