// read_dsn of a part of a message that was parsed before, for readers with GMime.
#pragma once
#include <gmime/gmime.h>

#include "pec_receipt/dsn.hpp"

namespace messo::pec {

std::optional<Dsn> read_dsn(GMimeObject* part);  // null: it is none

}  // namespace messo::pec
