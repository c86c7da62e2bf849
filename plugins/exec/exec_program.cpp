#include "exec_program.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "exec_protocol.hpp"

namespace exec {

std::string Program::start(const Settings& settings) {
  int to[2] = {-1, -1}, from[2] = {-1, -1};
  if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0) {
    for (const int one : to) {
      if (one >= 0) ::close(one);
    }
    return std::string("there is no pipe for it: ") + std::generic_category().message(errno);
  }
  messo::ChildOptions options;
  options.command = settings.command;
  options.environment = messo::plain_environment();
  options.environment.insert(options.environment.end(), settings.environment.begin(), settings.environment.end());
  options.folder = settings.folder;
  options.descriptors = {{to[0], STDIN_FILENO}, {from[1], STDOUT_FILENO}};
  options.memory_bytes = settings.memory_bytes;
  auto child = messo::Child::start(options);
  ::close(to[0]);
  ::close(from[1]);
  if (!child) {
    ::close(to[1]);
    ::close(from[0]);
    return child.error().message;
  }
  child_ = std::move(*child);
  in_ = to[1], out_ = from[0];
  ::fcntl(in_, F_SETFL, O_NONBLOCK);
  ::fcntl(out_, F_SETFL, O_NONBLOCK);
  buffer_.clear();
  searched_ = 0;
  eof_ = false;
  return {};
}

long Program::write_some(std::string_view bytes) {
  for (;;) {
    const ssize_t count = ::write(in_, bytes.data(), bytes.size());
    if (count >= 0) return static_cast<long>(count);
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
  }
}

Program::Got Program::next(std::string& line) {
  for (;;) {
    const auto end = buffer_.find('\n', searched_);
    if (end != std::string::npos) {
      line.assign(buffer_, 0, end);
      buffer_.erase(0, end + 1);
      searched_ = 0;
      return Got::line;
    }
    searched_ = buffer_.size();
    if (buffer_.size() > kMaxLine) return Got::too_long;
    if (eof_) return Got::ended;
    char chunk[65536];
    const ssize_t count = ::read(out_, chunk, sizeof chunk);
    if (count > 0) {
      buffer_.append(chunk, static_cast<std::size_t>(count));
    } else if (count == 0) {
      eof_ = true;
    } else if (errno != EINTR) {
      return Got::nothing;
    }
  }
}

void Program::close_input() {
  if (in_ >= 0) ::close(std::exchange(in_, -1));
}

std::string Program::end(std::chrono::milliseconds limit) {
  close_input();
  std::string how = limit.count() > 0 ? child_.wait(limit).value_or("") : "";
  if (how.empty()) how = child_.end();
  if (out_ >= 0) ::close(std::exchange(out_, -1));
  return how;
}

}  // namespace exec
