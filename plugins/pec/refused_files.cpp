#include "pec/refused_files.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/freed_by.hpp"

namespace messo::pec {
namespace {

using namespace std::string_view_literals;

struct ProgramMark {
  std::string_view first_bytes;
  std::string_view what;
};
constexpr std::array kProgramMarks{
    ProgramMark{"MZ"sv, "a Windows program"},
    ProgramMark{"\x7f"
                "ELF"sv,
                "a Linux program"},
    ProgramMark{"\xfe\xed\xfa\xce"sv, "a macOS program"},
    ProgramMark{"\xfe\xed\xfa\xcf"sv, "a macOS program"},
    ProgramMark{"\xce\xfa\xed\xfe"sv, "a macOS program"},
    ProgramMark{"\xcf\xfa\xed\xfe"sv, "a macOS program"},
    ProgramMark{"\xca\xfe\xba\xbe"sv, "a Java or macOS program"},
    ProgramMark{"dex\n"sv, "an Android program"},
    ProgramMark{"L\0\0\0\x01\x14\x02\0"sv, "a Windows shortcut"},
    ProgramMark{"ITSF"sv, "a compiled help file"},
    ProgramMark{"#!"sv, "a script"},
};
constexpr int kNamesLookedAt = 10'000;

bool is_refused(std::string_view extension, const RefusedExtensions& extensions) {
  return !extension.empty() && std::ranges::find(extensions, extension) != extensions.end();
}

// Two letters may begin a text as well; the head of a Windows program holds zeros.
bool is_text_by_chance(const ProgramMark& mark, std::string_view bytes) {
  return mark.first_bytes == "MZ"sv && bytes.substr(0, 64).find('\0') == std::string_view::npos;
}

// The first refused extension among the names a ZIP archive lists; nothing is unpacked.
std::optional<std::string> refused_inside(std::string_view bytes, const RefusedExtensions& extensions) {
  const std::unique_ptr<archive, FreedBy<archive_read_free>> reader(archive_read_new());
  if (!reader || archive_read_support_format_zip_seekable(reader.get()) != ARCHIVE_OK ||
      archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    return {};
  archive_entry* entry = nullptr;
  for (int i = 0; i < kNamesLookedAt; ++i) {
    const int step = archive_read_next_header(reader.get(), &entry);
    if (step != ARCHIVE_OK && step != ARCHIVE_WARN) return {};
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    if (name == nullptr) continue;
    auto extension = extension_of(name);
    if (is_refused(extension, extensions)) return extension;
  }
  return {};
}

}  // namespace

std::string extension_of(std::string_view name) {
  const auto end = name.find_last_not_of(". ");
  if (end == std::string_view::npos) return {};
  name = name.substr(0, end + 1);
  const auto dot = name.find_last_of("./\\");
  if (dot == std::string_view::npos || name[dot] != '.') return {};
  return lower_case(std::string(name.substr(dot + 1)));
}

std::optional<std::string> reason_to_refuse(std::string_view name, std::string_view bytes, const RefusedExtensions& extensions) {
  if (extensions.empty()) return {};
  if (auto extension = extension_of(name); is_refused(extension, extensions)) return "a file of type ." + extension;
  for (const auto& mark : kProgramMarks)
    if (bytes.starts_with(mark.first_bytes) && !is_text_by_chance(mark, bytes)) return std::string(mark.what);
  // Any ZIP: office documents are some too, with names that harm nobody.
  if (bytes.starts_with("PK\x03\x04"sv) || bytes.starts_with("PK\x05\x06"sv)) {
    if (auto extension = refused_inside(bytes, extensions)) return "an archive with a file of type ." + *extension;
  }
  return {};
}

}  // namespace messo::pec
