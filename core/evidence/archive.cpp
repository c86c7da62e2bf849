#include "evidence/archive.hpp"

#include <zlib.h>

#include <algorithm>
#include <set>

namespace messo {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEndOfDirectory = 0x06054b50;
constexpr std::uint16_t kNeededVersion = 20;                     // 2.0: folders in names
constexpr std::uint16_t kUnixVersion = 3 << 8 | kNeededVersion;  // made on Unix, so that the mode below counts
constexpr std::uint32_t kPlainFileMode = 0100644U << 16;
constexpr std::uint16_t kFixedTime = 0, kFixedDate = 1 << 5 | 1;  // 1 January 1980: the index has the real times
constexpr std::size_t kLocalHeaderBytes = 30, kCentralHeaderBytes = 46, kEndBytes = 22;
constexpr std::size_t kLongestArchiveName = 120;
constexpr std::uint16_t kNothing = 0;

void put16(std::string& out, std::uint16_t v) { out.append({static_cast<char>(v & 0xff), static_cast<char>(v >> 8)}); }
void put32(std::string& out, std::uint32_t v) {
  put16(out, static_cast<std::uint16_t>(v & 0xffff));
  put16(out, static_cast<std::uint16_t>(v >> 16));
}
std::uint32_t get16(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]) | static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + 1])) << 8;
}
std::uint32_t get32(std::string_view bytes, std::size_t at) { return get16(bytes, at) | get16(bytes, at + 2) << 16; }

// What both headers of a file say of it, in the same order.
void put_facts(std::string& out, const ArchiveEntry& entry) {
  put16(out, kNeededVersion);
  put16(out, kNothing);  // flags: names are ASCII, sizes stand here
  put16(out, kNothing);  // method 0: stored
  put16(out, kFixedTime);
  put16(out, kFixedDate);
  put32(out, entry.crc);
  put32(out, static_cast<std::uint32_t>(entry.size));
  put32(out, static_cast<std::uint32_t>(entry.size));
  put16(out, static_cast<std::uint16_t>(entry.name.size()));
  put16(out, kNothing);  // extra fields
}

std::string local_header(const ArchiveEntry& entry) {
  std::string out;
  put32(out, kLocalHeader);
  put_facts(out, entry);
  return out + entry.name;
}

std::string central_header(const ArchiveEntry& entry, std::uint64_t offset) {
  std::string out;
  put32(out, kCentralHeader);
  put16(out, kUnixVersion);
  put_facts(out, entry);
  put16(out, kNothing);  // comment
  put16(out, kNothing);  // disk
  put16(out, kNothing);  // internal attributes
  put32(out, kPlainFileMode);
  put32(out, static_cast<std::uint32_t>(offset));
  return out + entry.name;
}

tl::unexpected<Error> not_ours(std::uint64_t at, std::string_view what) {
  return fail(ErrorKind::corrupt, "not_our_archive",
              "the ZIP file is not as Messo wrote it: " + std::string(what) + " at byte " + std::to_string(at) +
                  ". It was changed, cut short, or packed again by another program");
}

}  // namespace

std::uint32_t crc32_of(std::string_view bytes, std::uint32_t before) {
  return static_cast<std::uint32_t>(crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

bool is_archive_name(std::string_view name) {
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == '/';
  };
  return !name.empty() && name.size() <= kLongestArchiveName && std::ranges::all_of(name, fine) && name.front() != '/' &&
         name.back() != '/' && name.find("..") == std::string_view::npos && name.find("//") == std::string_view::npos;
}

Result<ArchiveLayout> ArchiveLayout::make(std::vector<ArchiveEntry> entries) {
  const auto too_large = [] {
    return fail(ErrorKind::too_large, "evidence_too_large", "The evidence is larger than one ZIP file may be.");
  };
  if (entries.size() > kMostArchiveFiles) return too_large();
  ArchiveLayout out;
  std::uint64_t at = 0;
  std::set<std::string_view> names;
  for (const ArchiveEntry& entry : entries) {
    if (!is_archive_name(entry.name) || !names.insert(entry.name).second)
      return fail(ErrorKind::invalid, "archive_name", "A file's name cannot stand in a ZIP file.", entry.name);
    if (entry.size > kLargestArchive) return too_large();
    out.tail_ += central_header(entry, at);
    at += kLocalHeaderBytes + entry.name.size() + entry.size;
    if (at > kLargestArchive) return too_large();
  }
  const auto directory = static_cast<std::uint32_t>(out.tail_.size());
  put32(out.tail_, kEndOfDirectory);
  put16(out.tail_, kNothing);  // disk
  put16(out.tail_, kNothing);  // disk of the directory
  put16(out.tail_, static_cast<std::uint16_t>(entries.size()));
  put16(out.tail_, static_cast<std::uint16_t>(entries.size()));
  put32(out.tail_, directory);
  put32(out.tail_, static_cast<std::uint32_t>(at));
  put16(out.tail_, kNothing);  // comment
  out.size_ = at + out.tail_.size();
  out.entries_ = std::move(entries);
  return out;
}

std::string ArchiveLayout::header(std::size_t index) const { return local_header(entries_[index]); }

Result<std::vector<ArchivedFile>> read_archive(std::string_view archive) {
  std::vector<ArchivedFile> files;
  std::vector<ArchiveEntry> entries;
  std::size_t at = 0;
  const auto left = [&] { return archive.size() - at; };
  while (left() >= kLocalHeaderBytes && get32(archive, at) == kLocalHeader) {
    if (entries.size() == kMostArchiveFiles) return not_ours(at, "too many files");
    ArchiveEntry entry;
    entry.crc = get32(archive, at + 14);
    entry.size = get32(archive, at + 22);
    const std::size_t name = get16(archive, at + 26);
    if (left() < kLocalHeaderBytes + name) return not_ours(at, "the end is missing");
    entry.name = archive.substr(at + kLocalHeaderBytes, name);
    if (!is_archive_name(entry.name) || archive.substr(at, kLocalHeaderBytes + name) != local_header(entry))
      return not_ours(at, "a file's header differs");
    at += kLocalHeaderBytes + name;
    if (left() < entry.size) return not_ours(at, "the end is missing");
    const auto bytes = archive.substr(at, entry.size);
    files.push_back({entry.name, bytes, crc32_of(bytes) == entry.crc});
    at += entry.size;
    entries.push_back(std::move(entry));
  }
  const auto layout = ArchiveLayout::make(std::move(entries));
  if (!layout) return not_ours(at, "the list of files is impossible");
  if (archive.substr(at) == layout->tail()) return files;
  const auto given = archive.substr(at);
  const auto differs = std::ranges::mismatch(given, layout->tail()).in1 - given.begin();
  return not_ours(at + static_cast<std::size_t>(differs), "its table of contents differs");
}

}  // namespace messo
