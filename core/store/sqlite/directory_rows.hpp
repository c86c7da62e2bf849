// The directory's rows: written one by one as they change, read all at once.
#pragma once
#include "model/directory.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/seal.hpp"

namespace messo::sqlite {

void put(Connection& db, const Sealer& sealer, const Organisation& organisation);
void put(Connection& db, const Service& service);
void put(Connection& db, const ApiKey& key, OrganisationId organisation);
void put(Connection& db, const Sealer& sealer, const Provider& provider);
void put(Connection& db, const Pause& pause);
void remove(Connection& db, const Pause& pause);
void put(Connection& db, const SmsSender& sender);
void remove(Connection& db, const SmsSender& sender);

// Without the version.
Result<DirectorySnapshot> load_directory(Connection& db, const Sealer& sealer);

}  // namespace messo::sqlite
