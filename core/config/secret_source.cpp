#include "config/secret_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>

#include "base/durable_folder.hpp"
#include "base/hash.hpp"

namespace messo {
namespace {

constexpr std::size_t kLongestSecret = 64 * 1024;
constexpr std::size_t kMasterKeyBytes = 32;

tl::unexpected<Error> bad(std::string message) { return fail(ErrorKind::invalid, "bad_secret", std::move(message)); }

std::optional<std::filesystem::path> file_of(std::string_view source, const std::filesystem::path& folder) {
  constexpr std::string_view kPrefix = "file:";
  if (!source.starts_with(kPrefix) || source.size() == kPrefix.size()) return {};
  return folder / source.substr(kPrefix.size());  // an absolute path replaces the folder
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

Result<Secret> read_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about {};
  if (!file.open() || ::fstat(file.get(), &about) != 0) {
    return bad("the file " + path.string() + " cannot be read (" + std::generic_category().message(errno) +
               "): create it, or let this user read it");
  }
  if (S_ISREG(about.st_mode) && (about.st_mode & 0007) != 0) {
    return bad("everybody may use the file " + path.string() + ": take that right away with chmod o= " + path.string());
  }
  std::string bytes(kLongestSecret + 1, '\0');
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return bad("the file " + path.string() + " cannot be read (" + std::generic_category().message(errno) + ")");
    if (got == 0 || size + static_cast<std::size_t>(got) > kLongestSecret) {
      if (got != 0) return bad("the file " + path.string() + " is over 64 KiB: it cannot be a secret");
      break;
    }
    size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
  if (bytes.ends_with('\n')) bytes.pop_back();
  if (bytes.ends_with('\r')) bytes.pop_back();
  if (bytes.empty()) return bad("the file " + path.string() + " is empty: put the secret into it");
  return Secret(std::move(bytes));
}

// Written beside and linked into place whole: a crash never leaves half a key under its name.
Status write_new_key(const std::filesystem::path& path) {
  std::array<std::uint8_t, kMasterKeyBytes> key{};
  random_bytes(key);
  const Secret text(to_base64(as_text(key)) + '\n');
  const auto draft = path.string() + ".new";
  const Descriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const auto bytes = text.reveal();
  const bool done = file.open() && ::fchmod(file.get(), 0600) == 0 &&
                    ::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(file.get()) == 0 &&
                    (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST) && ::unlink(draft.c_str()) == 0 &&
                    sync_folder(path.parent_path());
  if (done) return {};
  return bad("the master key " + path.string() + " cannot be written (" + std::generic_category().message(errno) +
             "): check the folder's owner and free space");
}

}  // namespace

Result<Secret> read_secret(std::string_view source, const std::filesystem::path& folder) {
  if (const auto path = file_of(source, folder)) return read_file(*path);
  constexpr std::string_view kEnvironment = "env:";
  if (!source.starts_with(kEnvironment)) return bad("a secret is given as \"file:PATH\" or \"env:NAME\"");
  const std::string name(source.substr(kEnvironment.size()));
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return bad("the environment variable " + name + " is not set: export it before starting");
  return Secret(value);
}

Result<Secret> read_master_key(std::string_view source, const std::filesystem::path& folder) {
  auto text = read_secret(source, folder);
  if (!text) return text;
  for (auto& bytes : {from_hex(text->reveal()), from_base64(text->reveal())}) {
    if (bytes.value_or("").size() == kMasterKeyBytes) return Secret(*bytes);
  }
  return bad("the master key must be 32 bytes in hex or base64: make one with openssl rand -base64 32");
}

bool is_missing_file(std::string_view source, const std::filesystem::path& folder) {
  const auto path = file_of(source, folder);
  std::error_code unknown;
  return path && !std::filesystem::exists(*path, unknown) && !unknown;
}

Result<bool> ensure_master_key(std::string_view source, const std::filesystem::path& folder) {
  if (!is_missing_file(source, folder)) return false;
  const auto path = file_of(source, folder);
  std::error_code ignored;
  if (!path->parent_path().empty() && std::filesystem::create_directories(path->parent_path(), ignored)) {
    std::filesystem::permissions(path->parent_path(), std::filesystem::perms::owner_all, ignored);
  }
  if (auto written = write_new_key(*path); !written) return fail(std::move(written.error()));
  return true;
}

}  // namespace messo
