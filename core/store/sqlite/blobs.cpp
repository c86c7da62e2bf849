// Blobs are files: <folder>/blobs/<organisation>/<2 hex>/<digest>, written aside, synced, renamed, and their folder synced. Those that are
// sealed (seal_content) end in ".sealed"; what was written before sealing was turned on or off stays as it is and readable.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <system_error>

#include "base/durable_folder.hpp"
#include "store/decisions.hpp"
#include "store/sqlite/parts.hpp"
#include "store/sqlite/sealed_blob.hpp"

namespace messo::sqlite {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::hours kGrace{1};
constexpr std::string_view kSealedSuffix = ".sealed";
constexpr std::size_t kKnownFolders = 4096;
constexpr std::size_t kWrittenAtOnce = 128;  // blobs of one put_all, each an open file
constexpr char kNamed[] = "SELECT 1 FROM blob_ref WHERE digest = ?1 AND organisation IN (?2, ?3)";
constexpr char kForget[] = "DELETE FROM blob WHERE organisation = ?1 AND digest = ?2";

class File {
 public:
  File(const fs::path& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool good() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

tl::unexpected<Error> no_disk(std::string_view what, const fs::path& path) {
  const int cause = errno;
  const bool full = cause == ENOSPC || cause == EDQUOT;
  return fail(ErrorKind::unavailable, full ? "disk_full" : "store_unavailable",
              full ? "The disk of the store is full; free some space." : "The store cannot be read or written at the moment.",
              std::string(what) + " " + path.string() + ": " + std::generic_category().message(cause));
}

Status write_bytes(int descriptor, const fs::path& path, std::string_view bytes) {
  if (descriptor < 0) return no_disk("open", path);
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(descriptor, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return no_disk("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<std::string> read_file(const File& file, const fs::path& path, std::uint64_t offset, std::uint64_t length) {
  std::string out(length, '\0');
  std::size_t have = 0;
  while (have < out.size()) {
    const ssize_t got = ::pread(file.get(), out.data() + have, out.size() - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return no_disk("read", path);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  out.resize(have);
  return out;
}

// The file's age counts from when it was last asked for, by our clock.
void touch(const fs::path& path, Instant now) {
  const auto ms = to_unix_ms(now);
  const timespec at{static_cast<time_t>(ms / 1000), static_cast<long>(ms % 1000) * 1'000'000};
  const std::array<timespec, 2> times{at, at};
  ::utimensat(AT_FDCWD, path.c_str(), times.data(), 0);
}

std::optional<Instant> touched(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
  return from_unix_ms(std::int64_t(info.st_mtim.tv_sec) * 1000 + info.st_mtim.tv_nsec / 1'000'000);
}

std::string name_of(const BlobId& id) { return to_hex(as_text(id.digest)); }

std::optional<BlobId> id_of(std::string_view name) {
  if (name.ends_with(kSealedSuffix)) name.remove_suffix(kSealedSuffix.size());
  const auto raw = from_hex(name);
  BlobId id;
  if (!raw || raw->size() != id.digest.size()) return {};
  std::memcpy(id.digest.data(), raw->data(), raw->size());
  return id;
}

}  // namespace

SqliteBlobs::SqliteBlobs(Database& database)
    : database_(database), folder_(fs::absolute(database.options().file).parent_path() / "blobs") {}

fs::path SqliteBlobs::path_of(OrganisationId organisation, const BlobId& id, bool sealed) const {
  const std::string name = name_of(id);
  return folder_ / organisation.to_string() / name.substr(0, 2) / (sealed ? name + std::string(kSealedSuffix) : name);
}

Result<bool> SqliteBlobs::already_there(const fs::path& path) {
  const std::scoped_lock hold(touch_or_remove_);
  if (!fs::exists(path)) return false;
  touch(path, database_.clock().now());
  // Whoever wrote it may be between its rename and its sync.
  if (!sync_folder(path.parent_path())) return no_disk("fsync", path.parent_path());
  return true;
}

Status SqliteBlobs::make_folder(const fs::path& folder) {
  if (durable_.with([&](const auto& known) { return known.contains(folder.native()); })) return {};
  if (Status made = make_durable_folder(folder); !made) return made;
  durable_.with([&](auto& known) {
    if (known.size() >= kKnownFolders) known.clear();
    known.insert(folder.native());
  });
  return {};
}

// Written aside and open until it is synced; removed again unless it got its name.
struct SqliteBlobs::Fresh {
  fs::path path, aside;
  int descriptor;
  bool named = false;
  Fresh(fs::path to, fs::path from)
      : path(std::move(to)), aside(std::move(from)), descriptor(::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {}
  Fresh(Fresh&& other) noexcept
      : path(std::move(other.path)),
        aside(std::move(other.aside)),
        descriptor(std::exchange(other.descriptor, -1)),
        named(std::exchange(other.named, true)) {}
  Fresh& operator=(Fresh&&) = delete;
  ~Fresh() {
    close();
    if (!named) ::unlink(aside.c_str());
  }
  void close() {
    if (descriptor >= 0) ::close(descriptor);
    descriptor = -1;
  }
};

// Nothing: it is there already.
Result<std::optional<SqliteBlobs::Fresh>> SqliteBlobs::write_aside(const NewBlob& blob, BlobId& id) {
  id = BlobId{sha256(blob.bytes)};
  const bool seal = database_.options().seal_content;
  const fs::path path = path_of(blob.organisation, id, seal);
  // A sealed one does for everybody; one that lies open does only as long as nothing has to be sealed.
  for (const fs::path& found : {path_of(blob.organisation, id, true), path}) {
    const auto there = already_there(found);
    if (!there) return fail(there.error());
    if (*there) return std::nullopt;
  }
  if (Status made = make_folder(path.parent_path()); !made) return fail(made.error());
  Fresh fresh(path, path.parent_path() / (".new-" + make_uuid_v4().to_string()));
  const std::string sealed = seal ? SealedBlob(database_.sealer(), blob.organisation, id).seal(blob.bytes) : std::string();
  const Status written = write_bytes(fresh.descriptor, fresh.aside, seal ? std::string_view(sealed) : blob.bytes);
  if (!written) return fail(written.error());
  return fresh;
}

Result<BlobId> SqliteBlobs::put(OrganisationId organisation, std::string_view bytes) {
  const NewBlob blob{organisation, bytes};
  auto ids = put_all({&blob, 1});
  if (!ids) return fail(std::move(ids.error()));
  return ids->front();
}

// All are written before the first is synced: most file systems make the others durable with it, and theirs cost little then.
Result<std::vector<BlobId>> SqliteBlobs::put_all(std::span<const NewBlob> blobs) {
  std::vector<BlobId> ids(blobs.size());
  std::vector<Fresh> all;
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    auto fresh = write_aside(blobs[i], ids[i]);
    if (!fresh) return fail(std::move(fresh.error()));
    if (*fresh) all.push_back(std::move(**fresh));
    // So many files may be open at once; those before are done with.
    if (all.size() < kWrittenAtOnce && i + 1 < blobs.size()) continue;
    if (Status named = name_all(all); !named) return fail(std::move(named.error()));
    all.clear();
  }
  return ids;
}

Status SqliteBlobs::name_all(std::span<Fresh> all) {
  std::set<fs::path> folders;
  for (Fresh& one : all) {
    if (::fsync(one.descriptor) != 0) return no_disk("fsync", one.aside);
    one.close();
  }
  for (Fresh& one : all) {
    touch(one.aside, database_.clock().now());
    if (::rename(one.aside.c_str(), one.path.c_str()) != 0) return no_disk("rename", one.path);
    one.named = true;
    folders.insert(one.path.parent_path());
  }
  for (const fs::path& folder : folders) {
    if (!sync_folder(folder)) return no_disk("fsync", folder);
  }
  return {};
}

Result<std::string> SqliteBlobs::read(OrganisationId organisation, const BlobId& id, std::uint64_t offset, std::uint64_t length) {
  std::error_code error;
  const bool sealed = fs::exists(path_of(organisation, id, true), error);
  const fs::path path = path_of(organisation, id, sealed);
  const File file(path, O_RDONLY);
  struct stat info {};
  if (!file.good() || ::fstat(file.get(), &info) != 0) {
    if (errno == ENOENT) return fail(decisions::no_such_blob());
    return no_disk("open", path);
  }
  const auto stored = static_cast<std::uint64_t>(info.st_size);
  const auto fetch = [&](std::uint64_t from, std::uint64_t most) { return read_file(file, path, from, std::min(most, stored - from)); };
  const auto size = sealed ? SealedBlob::plain_size(stored) : stored;
  if (offset > size) return std::string();
  auto out = sealed ? SealedBlob(database_.sealer(), organisation, id).read(stored, offset, length, fetch)
                    : fetch(offset, std::min(length, size - offset));
  if (!out && out.error().kind != ErrorKind::corrupt) return out;
  // Of one that lies open only the whole can be checked against its name.
  if (!out || (offset == 0 && out->size() == size && sha256(*out) != id.digest)) {
    return fail(ErrorKind::corrupt, "blob_damaged", "A stored attachment is damaged; restore it from a backup.", path.string());
  }
  return out;
}

Result<std::uint64_t> SqliteBlobs::size(OrganisationId organisation, const BlobId& id) {
  std::error_code error;
  const auto sealed = fs::file_size(path_of(organisation, id, true), error);
  if (!error) return SealedBlob::plain_size(sealed);
  const auto open = fs::file_size(path_of(organisation, id, false), error);
  if (error) return fail(decisions::no_such_blob());
  return open;
}

Result<std::size_t> SqliteBlobs::collect(Instant now) {
  struct Candidate {
    fs::path path;
    OrganisationId organisation;
    std::optional<BlobId> id;  // none: left aside by a crash
  };
  std::vector<Candidate> old;
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(folder_, error); !error && at != fs::recursive_directory_iterator();
       at.increment(error)) {
    if (!at->is_regular_file()) continue;
    const auto when = touched(at->path());
    const auto organisation = OrganisationId::parse(at->path().parent_path().parent_path().filename().string());
    if (when && *when + kGrace <= now && organisation) old.push_back({at->path(), *organisation, id_of(at->path().filename().string())});
  }
  std::size_t removed = 0;
  const OrganisationId of_all{};
  for (const Candidate& c : old) {
    const auto named = !c.id ? Result<bool>(false) : database_.read([&](Connection& db) -> Result<bool> {
      return db.query(kNamed, c.id->digest, c.organisation, of_all).next();
    });
    if (!named) return fail(named.error());
    if (*named) continue;
    {
      const std::scoped_lock hold(touch_or_remove_);
      const auto when = touched(c.path);
      if (!when || *when + kGrace > now) continue;  // asked for again meanwhile
      if (::unlink(c.path.c_str()) != 0) continue;
    }
    ++removed;
    if (!c.id) continue;
    const Status forgotten = database_.write(Turn::background, 1, [&](Tx& tx) -> Status {
      tx.db.run(kForget, c.organisation, c.id->digest);
      return {};
    });
    if (!forgotten) return fail(forgotten.error());
  }
  return removed;
}

}  // namespace messo::sqlite
