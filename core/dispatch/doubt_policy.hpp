// When providers are asked about attempts in doubt, and when that ends. Pure; the table is in docs/doubts.md.
#pragma once
#include "store/doubts.hpp"

namespace messo {

inline constexpr std::chrono::hours kAskFor{24};  // from the moment it was in doubt
inline constexpr Seconds kLastAnswer{60};         // that long the last question may take

// What to do about a question that is due: ask now and look again at `again_at` (10 s, 30 s, 1, 5, 15, 30 min after the first questions,
// then every hour, never past the deadline but for the last answer), or hold it. Everything is asked once at least, and so is what an
// operator wants asked, whatever its age.
DoubtStep next_step(const DoubtQuestion& question, Instant now);

}  // namespace messo
