// ZIP files as evidence comes in (APPNOTE.TXT 6.3.10): every file stored as it is, no extra fields, one fixed date. So the same files
// always make the same bytes, an archive can be sent while it is read, and every byte of it is checked when it is read again. Why not a
// library's: docs/decisions/0051-evidence-archives.md. Pure.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace messo {

// CRC-32 of ISO 3309, continued from `before`.
std::uint32_t crc32_of(std::string_view bytes, std::uint32_t before = 0);

struct ArchiveEntry {
  std::string name;        // [A-Za-z0-9._-], folders with '/': is_archive_name()
  std::uint64_t size = 0;  // bytes
  std::uint32_t crc = 0;
};
bool is_archive_name(std::string_view name);

inline constexpr std::size_t kMostArchiveFiles = 10'000;
inline constexpr std::uint64_t kLargestArchive = 0xf000'0000;  // no ZIP64

// Where everything is in the archive of these files, in this order. Its bytes are: header(0), file 0, header(1), file 1, ..., tail().
class ArchiveLayout {
 public:
  // too_large "evidence_too_large": more files or bytes than a plain ZIP holds. invalid "archive_name".
  static Result<ArchiveLayout> make(std::vector<ArchiveEntry> entries);

  std::span<const ArchiveEntry> entries() const { return entries_; }
  std::string header(std::size_t index) const;
  const std::string& tail() const { return tail_; }
  std::uint64_t size() const { return size_; }

 private:
  std::vector<ArchiveEntry> entries_;
  std::string tail_;
  std::uint64_t size_ = 0;
};

struct ArchivedFile {
  std::string name;
  std::string_view bytes;  // within the archive
  bool intact = true;      // its CRC-32 is right
};
// The files of an archive made so. Any other byte outside of the files is an error: corrupt "not_our_archive", whose message names the
// place.
Result<std::vector<ArchivedFile>> read_archive(std::string_view archive);

}  // namespace messo
