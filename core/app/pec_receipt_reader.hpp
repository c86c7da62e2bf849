// What PEC receipts say, for evidence.
#pragma once
#include <filesystem>

#include "evidence/material.hpp"

namespace messo {

// As MaterialReader::receipt; empty where Messo is built without a reader of PEC messages. Authorities as make_material_reader says.
decltype(MaterialReader::receipt) make_pec_receipt_reader(const std::filesystem::path& roots);

}  // namespace messo
