// Reading reports out of parts of a message that was parsed before, for readers with GMime. None of these pointers may be null but where
// said.
#pragma once
#include <gmime/gmime.h>

#include "mail_report/dsn.hpp"
#include "mail_report/feedback.hpp"

namespace messo::mail_report {

std::optional<Dsn> read_dsn(GMimeObject* part);            // null: it is none
std::optional<Feedback> read_feedback(GMimeObject* part);  // likewise

// False when the part is no returned message.
bool read_returned_message(GMimeObject* leaf, ReturnedMessage& out);

}  // namespace messo::mail_report
