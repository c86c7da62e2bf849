#include "base/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <thread>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace messo {
namespace {

constexpr int kLowest = 3;           // below: standard input, output and error
constexpr int kAside = 100;          // where those to be passed wait while the low numbers are laid out
constexpr rlim_t kStack = 1U << 20;  // of its threads: eight MiB each would eat up a memory limit

// Prepared before fork(): between fork() and execve() only async-signal-safe calls are allowed (signal-safety(7)).
struct Prepared {
  std::vector<char*> argv, envp;
  const ChildOptions& options;
  int report;
  pid_t parent;
};

[[noreturn]] void give_up(int report) {
  const int problem = errno;
  [[maybe_unused]] const auto told = ::write(report, &problem, sizeof problem);
  ::_exit(127);
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

bool limit_to(__rlimit_resource what, rlim_t most) {
  rlimit now{};
  if (::getrlimit(what, &now) != 0) return false;
  if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most) return true;
  const rlimit wanted{most, most};
  return ::setrlimit(what, &wanted) == 0;
}

// Moves what it shall have out of the way first, so that no number is overwritten before it was copied.
bool lay_out(const ChildOptions& options, int& report) {
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) return false;
  int aside = kAside;
  report = ::fcntl(report, F_DUPFD_CLOEXEC, aside);
  if (report < 0) return false;
  int copies[8] = {};
  std::size_t count = 0;
  for (const auto& [from, to] : options.descriptors) {
    if (count == std::size(copies)) return false;
    copies[count] = ::fcntl(from, F_DUPFD_CLOEXEC, aside);
    if (copies[count++] < 0) return false;
  }
  if (::dup2(nothing, STDIN_FILENO) < 0 || ::dup2(nothing, STDOUT_FILENO) < 0) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (::dup2(copies[i], options.descriptors[i].second) < 0) return false;
  }
  return true;
}

[[noreturn]] void become(const Prepared& prepared) {
  int report = prepared.report;
  reset_signals();
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != prepared.parent) ::_exit(127);
  if (!lay_out(prepared.options, report)) give_up(report);
  // Closed at execve(), so that the report can still be made: everything else that is open.
  if (::close_range(kLowest, ~0U, CLOSE_RANGE_CLOEXEC) != 0) give_up(report);
  for (const auto& [from, to] : prepared.options.descriptors) ::fcntl(to, F_SETFD, 0);
  if (prepared.options.memory_bytes > 0 && (!limit_to(RLIMIT_DATA, prepared.options.memory_bytes) || !limit_to(RLIMIT_STACK, kStack))) {
    give_up(report);
  }
  if (!prepared.options.folder.empty() && ::chdir(prepared.options.folder.c_str()) != 0) give_up(report);
  ::execve(prepared.argv.front(), prepared.argv.data(), prepared.envp.data());
  give_up(report);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));  // NOLINT: execve(2) does not write
  out.push_back(nullptr);
  return out;
}

std::string how_it_ended(int status) {
  if (WIFEXITED(status)) return "exit status " + std::to_string(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  const char* name = ::sigdescr_np(number);
  return "signal " + std::to_string(number) + (name != nullptr ? " (" + std::string(name) + ")" : "");
}

}  // namespace

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

Result<Child> Child::start(const ChildOptions& options) {
  int report[2] = {-1, -1};
  if (options.command.empty() || ::pipe2(report, O_CLOEXEC) != 0) {
    return fail(ErrorKind::unavailable, "cannot_start", "a program cannot be started", std::generic_category().message(errno));
  }
  const Prepared prepared{pointers(options.command), pointers(options.environment), options, report[1], ::getpid()};
  const pid_t pid = ::fork();
  if (pid == 0) become(prepared);
  const int problem = errno;
  ::close(report[1]);
  Child out;
  out.pid_ = pid;
  int told = pid < 0 ? problem : 0;
  if (pid > 0) {
    ssize_t got = 0;
    do {
      got = ::read(report[0], &told, sizeof told);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) told = 0;
  }
  ::close(report[0]);
  if (told == 0) return out;
  return fail(told == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable, told == ENOENT ? "no_such_program" : "cannot_start",
              "the program " + options.command.front() + " cannot be started: " + std::generic_category().message(told));
}

void Child::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

std::optional<std::string> Child::wait(Millis limit) {
  if (pid_ <= 0) return "it did not run";
  const auto until = std::chrono::steady_clock::now() + limit;
  for (Millis pause{1};; pause = std::min(pause * 2, Millis{20})) {
    int status = 0;
    // WNOWAIT: while it is not reaped its number, and that of its group, cannot be another's.
    siginfo_t info{};
    const int got = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
    if (got != 0 && errno != EINTR) return std::exchange(pid_, -1), "it is gone";
    if (got == 0 && info.si_pid == pid_) {
      ::kill(-pid_, SIGKILL);
      ::waitpid(pid_, &status, 0);
      pid_ = -1;
      return how_it_ended(status);
    }
    if (std::chrono::steady_clock::now() >= until) return {};
    std::this_thread::sleep_for(pause);
  }
}

std::string Child::end() {
  if (pid_ <= 0) return "it did not run";
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
  for (;;) {
    if (auto how = wait(Millis{1000})) return *how;
  }
}

std::vector<std::string> plain_environment() {
  static constexpr std::string_view kNames[] = {"PATH",         "HOME",          "LANG",         "TZ",
                                                "TMPDIR",       "SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF",
                                                "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"};
  std::vector<std::string> out;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view line = *at;
    const std::string_view name = line.substr(0, line.find('='));
    bool wanted = name.starts_with("LC_");
    for (const auto known : kNames) wanted = wanted || name == known;
    if (wanted) out.emplace_back(line);
  }
  return out;
}

}  // namespace messo
