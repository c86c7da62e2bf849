// What a checked job takes of the day's budgets of SMS. Pure.
#pragma once
#include "api/job_check.hpp"

namespace messo::api {

// Segments of its text as it was rendered, at the price of the dearest provider in use that may get it. Nothing for other channels and for
// test keys. The day is that of Europe/Rome.
SmsCharge sms_charge(const CheckedJob& job, const DirectorySnapshot& directory, Instant now);

}  // namespace messo::api
