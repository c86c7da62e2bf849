// Time zones of the system's database. Pure but for that.
#pragma once
#include <string_view>

namespace date {
class time_zone;
}

namespace messo {

// By IANA name. The list of zones is read once, the zone of a town hall hardly ever another one: the last is kept, of each thread. Throws
// std::runtime_error where there is none of that name.
const date::time_zone& zone_named(std::string_view name);

}  // namespace messo
