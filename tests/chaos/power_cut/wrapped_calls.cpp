// The C library's calls by which the store writes blobs, as the linker (--wrap) routes them here.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <map>
#include <mutex>

#include "chaos/power_cut/power_disk.hpp"

extern "C" {
int __real_open(const char* path, int flags, mode_t mode);
ssize_t __real_write(int descriptor, const void* bytes, size_t length);
int __real_fsync(int descriptor);
int __real_close(int descriptor);
int __real_mkdir(const char* path, mode_t mode);
int __real_rename(const char* from, const char* to);
int __real_unlink(const char* path);
int __wrap_open(const char* path, int flags, ...);
ssize_t __wrap_write(int descriptor, const void* bytes, size_t length);
int __wrap_fsync(int descriptor);
int __wrap_close(int descriptor);
int __wrap_mkdir(const char* path, mode_t mode);
int __wrap_rename(const char* from, const char* to);
int __wrap_unlink(const char* path);
}

namespace messo::test {
namespace {

struct Descriptors {
  std::mutex mutex;
  std::map<int, std::string> paths;
};
Descriptors& descriptors() {
  static Descriptors all;
  return all;
}

// "" when it is not a file of the disk.
std::string path_of(int descriptor) {
  auto& all = descriptors();
  const std::scoped_lock hold(all.mutex);
  const auto at = all.paths.find(descriptor);
  return at == all.paths.end() ? std::string() : at->second;
}

int failed() {
  errno = EIO;
  return -1;
}

PowerDisk& power_disk() { return PowerDisk::instance(); }

int open_wrapped(const char* path, int flags, mode_t mode) {
  if (!power_disk().holds(path)) return __real_open(path, flags, mode);
  int descriptor = -1;
  const auto really = [&] { return (descriptor = __real_open(path, flags, mode)) >= 0; };
  if ((flags & O_CREAT) != 0 && ::access(path, F_OK) != 0) {
    if (!power_disk().created(path, really)) return failed();
  } else {
    really();
  }
  if (descriptor < 0) return -1;
  auto& all = descriptors();
  const std::scoped_lock hold(all.mutex);
  all.paths[descriptor] = path;
  return descriptor;
}

ssize_t write_wrapped(int descriptor, const void* bytes, size_t length) {
  const std::string path = path_of(descriptor);
  if (path.empty()) return __real_write(descriptor, bytes, length);
  const auto offset = static_cast<std::uint64_t>(::lseek(descriptor, 0, SEEK_CUR));
  ssize_t wrote = -1;
  if (!power_disk().write(path, offset, length, [&] { wrote = __real_write(descriptor, bytes, length); })) return failed();
  return wrote;
}

int fsync_wrapped(int descriptor) {
  const std::string path = path_of(descriptor);
  if (path.empty()) return __real_fsync(descriptor);
  const bool done = std::filesystem::is_directory(path) ? power_disk().sync_folder(path) : power_disk().sync(path);
  return done ? 0 : failed();
}

int close_wrapped(int descriptor) {
  {
    auto& all = descriptors();
    const std::scoped_lock hold(all.mutex);
    all.paths.erase(descriptor);
  }
  return __real_close(descriptor);
}

int mkdir_wrapped(const char* path, mode_t mode) {
  if (!power_disk().holds(path)) return __real_mkdir(path, mode);
  int made = -1;
  if (!power_disk().created(path, [&] { return (made = __real_mkdir(path, mode)) == 0; })) return failed();
  return made;
}

int rename_wrapped(const char* from, const char* to) {
  if (!power_disk().holds(to)) return __real_rename(from, to);
  return power_disk().renamed(from, to) ? 0 : failed();
}

int unlink_wrapped(const char* path) {
  if (!power_disk().holds(path)) return __real_unlink(path);
  return power_disk().removed(path) ? 0 : failed();
}

}  // namespace
}  // namespace messo::test

int __wrap_open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return messo::test::open_wrapped(path, flags, mode);
}
ssize_t __wrap_write(int descriptor, const void* bytes, size_t length) { return messo::test::write_wrapped(descriptor, bytes, length); }
int __wrap_fsync(int descriptor) { return messo::test::fsync_wrapped(descriptor); }
int __wrap_close(int descriptor) { return messo::test::close_wrapped(descriptor); }
int __wrap_mkdir(const char* path, mode_t mode) { return messo::test::mkdir_wrapped(path, mode); }
int __wrap_rename(const char* from, const char* to) { return messo::test::rename_wrapped(from, to); }
int __wrap_unlink(const char* path) { return messo::test::unlink_wrapped(path); }
