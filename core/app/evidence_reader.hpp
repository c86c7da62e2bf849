// Who explains the originals in evidence: PEC receipts and heads of mail.
#pragma once
#include <filesystem>

#include "evidence/material.hpp"

namespace messo {

// Receipts are verified against the authorities of their provider's `roots`; where that is empty or unknown against `roots`, and where that
// is empty too against AgID's.
MaterialReader make_material_reader(const std::filesystem::path& roots);

}  // namespace messo
