// What a shared library exports, read from the file without loading it.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace messo {

// Names of defined dynamic symbols of a 64-bit ELF file (System V ABI, chapter 4 "Symbol Table"); empty when it is none or is damaged.
// Reads the whole file.
std::vector<std::string> exported_symbols(const std::filesystem::path& file);

}  // namespace messo
