// What only SMS asks of a job: a number that takes them, a sender that may be used. Pure.
#pragma once
#include "api/caller.hpp"
#include "api/job_parser.hpp"

namespace messo::api {

// For a job some of whose messages go out as SMS. Findings: "/recipient/phone" with the code of fault_for_sms; "" (the whole job) with
// "sms_alias_not_registered" when a live message would leave with an alias that is not registered for the organisation: the service's, or
// that of a provider which may be chosen. Test keys reach nobody and need no registration.
void check_sms(const JobDraft& draft, const std::vector<StepSpec>& plan, const Caller& caller, Findings& findings);

}  // namespace messo::api
