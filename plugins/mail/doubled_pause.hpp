// How long to leave a server alone that does not work.
#pragma once
#include <algorithm>

#include "base/time.hpp"

namespace messo::mail {

// A second, doubled so many times, and at most `most`.
inline Millis doubled_pause(unsigned times, Millis most) { return std::min<Millis>(Seconds{1} * (1U << std::min(times, 16U)), most); }

}  // namespace messo::mail
