#include "outbox/outbox_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

namespace messo::outbox {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view temporary_suffix = ".part";

tl::unexpected<Error> io_error(int number) {
  return fail(ErrorKind::unavailable, "outbox.io",
              "directory: a file could not be written there; check that it exists, may be written and has room.",
              std::generic_category().message(number));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return number_; }

 private:
  int number_;
};

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Status OutboxFolder::open() {
  std::error_code error;
  const auto old_mask = ::umask(0077);
  fs::create_directories(directory_, error);
  ::umask(old_mask);
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  for (const auto& entry : fs::directory_iterator(directory_, error)) {
    const auto name = entry.path().filename().string();
    if (name.ends_with(temporary_suffix)) fs::remove(entry.path(), error);
    if (name.ends_with(".eml") || name.ends_with(".json")) found.emplace_back(entry.last_write_time(error), name);
  }
  if (error)
    return fail(ErrorKind::unavailable, "outbox.io", "directory: cannot be made or read; check the path and its permissions.",
                error.message());
  std::sort(found.begin(), found.end());
  const std::scoped_lock hold(mutex_);
  for (auto& [time, name] : found) {
    names_.insert(name);
    order_.push_back(std::move(name));
  }
  return {};
}

Status OutboxFolder::store(const std::string& name, std::string_view bytes) {
  if (auto status = write(directory_ + '/' + name, bytes); !status) return status;
  note(name);
  return {};
}

Status OutboxFolder::write(const std::string& path, std::string_view bytes) const {
  const auto temporary = path + std::string(temporary_suffix);
  {
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file < 0) return io_error(errno);
    if (!write_all(file, bytes) || (sync_ && ::fdatasync(file) != 0)) {
      const int number = errno;
      ::unlink(temporary.c_str());
      return io_error(number);
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return io_error(errno);
  if (!sync_) return {};
  const Descriptor folder(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder < 0 || ::fsync(folder) != 0 ? Status(io_error(errno)) : Status{};
}

void OutboxFolder::note(const std::string& name) {
  std::vector<std::string> surplus;
  {
    const std::scoped_lock hold(mutex_);
    if (names_.insert(name).second) order_.push_back(name);
    for (; order_.size() > max_files_; order_.pop_front()) {
      names_.erase(order_.front());
      surplus.push_back(std::move(order_.front()));
    }
  }
  for (const auto& old : surplus) ::unlink((directory_ + '/' + old).c_str());
}

std::size_t OutboxFolder::count() const {
  const std::scoped_lock hold(mutex_);
  return order_.size();
}

}  // namespace messo::outbox
