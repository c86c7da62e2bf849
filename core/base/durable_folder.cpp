#include "base/durable_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace messo {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> no_folder(std::string_view what, const fs::path& path) {
  const int cause = errno;
  const bool full = cause == ENOSPC || cause == EDQUOT;
  return fail(ErrorKind::unavailable, full ? "disk_full" : "store_unavailable",
              full ? "The disk of the store is full; free some space."
                   : "A folder cannot be made; check who owns the one above it and whether its disk can be written.",
              std::string(what) + " " + path.string() + ": " + std::generic_category().message(cause));
}

}  // namespace

bool sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool done = ::fsync(descriptor) == 0;
  const int cause = errno;
  ::close(descriptor);
  errno = cause;
  return done;
}

Status make_durable_folder(const fs::path& folder) {
  if (folder.empty() || folder == folder.root_path() || folder == ".") return {};
  std::error_code unknown;
  const bool there = fs::is_directory(folder, unknown);
  if (!there) {
    if (Status above = make_durable_folder(folder.parent_path()); !above) return above;
    if (::mkdir(folder.c_str(), 0700) != 0 && (errno != EEXIST || !fs::is_directory(folder, unknown))) return no_folder("mkdir", folder);
  }
  if (sync_folder(folder.parent_path())) return {};
  // Above an existing one there may be a folder that is not ours to read: then it was not we who made it either. A read-only one is
  // durable.
  if (there && (errno == EACCES || errno == EPERM || errno == EROFS)) return {};
  return no_folder("fsync", folder.parent_path());
}

}  // namespace messo
