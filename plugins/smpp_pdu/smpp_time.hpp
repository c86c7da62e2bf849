// Times of SMPP: "YYMMDDhhmmsstnnp" (SMPP 3.4 §7.1.1). Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace messo::smpp {

// validity_period as a span from now, "000000013000000R" for an hour and a half. At least one second, for nothing means the SMSC's default;
// at most 30 days, for months and years have no certain length here and SMSCs hold messages for days: shorter than asked is safe.
std::string relative_time(Seconds span);
// The same as an instant in UTC, "261122173000000+"; tenths of seconds are kept, less is cut.
std::string absolute_time(Instant at);
// Reads the absolute form with its offset (quarters of an hour); nullopt for the relative one and whatever is no date.
std::optional<Instant> parse_absolute_time(std::string_view text);
// A date of a receipt: YYMMDDhhmm, YYMMDDhhmmss or YYYYMMDDhhmmss, read as if it were UTC (the SMSC does not say its zone).
std::optional<Instant> parse_receipt_date(std::string_view digits);

}  // namespace messo::smpp
