#include "scenario/support/child_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace messo::test {
namespace {

std::string read_all(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

[[noreturn]] void become(const std::vector<std::string>& command, int out, int err, const std::map<std::string, std::string>& environment) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

pid_t spawn(const std::vector<std::string>& command, int out, int err, const std::map<std::string, std::string>& environment) {
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0) become(command, out, err, environment);
  return pid;
}

int decode(int raw) { return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw); }

}  // namespace

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "messo-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}
TempFolder::~TempFolder() {
  if (std::getenv("MESSO_KEEP_TEST_FOLDERS") != nullptr) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

ChildProcess::~ChildProcess() {
  if (!running()) return;
  signal(SIGTERM);
  if (!wait(Millis{10'000})) kill9();
}

void ChildProcess::start(const std::vector<std::string>& command, const std::filesystem::path& output,
                         const std::map<std::string, std::string>& environment) {
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (out < 0) throw std::runtime_error("cannot write " + output.string());
  status_.reset();
  pid_ = spawn(command, out, out, environment);
  ::close(out);
}

bool ChildProcess::running() {
  if (pid_ < 0 || status_) return false;
  int raw = 0;
  if (::waitpid(pid_, &raw, WNOHANG) != pid_) return true;
  status_ = decode(raw);
  return false;
}

void ChildProcess::signal(int number) const {
  if (pid_ > 0 && !status_) ::kill(pid_, number);
}

std::optional<int> ChildProcess::wait(Millis limit) {
  if (!wait_until([this] { return !running(); }, limit)) return {};
  return status_;
}

void ChildProcess::kill9() {
  signal(SIGKILL);
  wait(Millis{10'000});
}

RunResult run(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment, Millis limit) {
  const TempFolder folder;
  const auto out_file = folder.path() / "out", err_file = folder.path() / "err";
  const int out = ::open(out_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const int err = ::open(err_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const pid_t pid = spawn(command, out, err, environment);
  ::close(out);
  ::close(err);
  int raw = 0;
  RunResult result;
  if (wait_until([&] { return ::waitpid(pid, &raw, WNOHANG) == pid; }, limit)) {
    result.status = decode(raw);
  } else {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, &raw, 0);
    result.status = 124;
  }
  result.out = read_all(out_file);
  result.err = read_all(err_file);
  return result;
}

std::uint16_t free_port() {
  // Below the range that the kernel takes ports from for connections and for port 0: nobody gets this one by chance in between.
  constexpr int kFirst = 16'384, kCount = 16'000, kTries = 1'000;
  static std::mt19937 random(std::random_device{}());
  for (int i = 0; i < kTries; ++i) {
    const auto port = static_cast<std::uint16_t>(kFirst + static_cast<int>(random() % kCount));
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool taken = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0;
    ::close(fd);
    if (!taken) return port;
  }
  throw std::runtime_error("no free port");
}

}  // namespace messo::test
