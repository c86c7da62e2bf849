// Calls itself something else than its file.
#include "bad_plugin.hpp"

BAD_ENTRY { return bad::keep(bad::good_table("smtp")); }
