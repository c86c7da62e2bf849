// Its entry function returns nothing.
#include "bad_plugin.hpp"

BAD_ENTRY { return nullptr; }
