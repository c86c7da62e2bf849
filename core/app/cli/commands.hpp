// The commands of `messo`, one file each. Every function adds one to the application; `session` outlives it.
#pragma once
#include "app/cli/session.hpp"

namespace CLI {
class App;
}

namespace messo::cli {

void add_apply(CLI::App& app, Session& session);
void add_send(CLI::App& app, Session& session);
void add_status(CLI::App& app, Session& session);
void add_list(CLI::App& app, Session& session);
void add_tail(CLI::App& app, Session& session);
void add_cancel(CLI::App& app, Session& session);
void add_erase(CLI::App& app, Session& session);
void add_key(CLI::App& app, Session& session);
void add_provider(CLI::App& app, Session& session);
void add_usage(CLI::App& app, Session& session);
void add_receipts(CLI::App& app, Session& session);
void add_evidence(CLI::App& app, Session& session);
void add_template(CLI::App& app, Session& session);
void add_outbox(CLI::App& app, Session& session);
void add_pec(CLI::App& app, Session& session);
void add_organisation(CLI::App& app, Session& session);
void add_sms(CLI::App& app, Session& session);
void add_suppressions(CLI::App& app, Session& session);
void add_doubt(CLI::App& app, Session& session);
void add_doctor(CLI::App& app, Session& session);
void add_version(CLI::App& app, Session& session);

// The whole program; never throws. Returns the exit code.
int run_messo(int argc, const char* const* argv, Session& session);

}  // namespace messo::cli
