#include "peers/control_port.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <stdexcept>
#include <vector>

#include "support/loopback.hpp"

namespace messo::peers {
namespace {

int signal_pipe[2] = {-1, -1};
void on_signal(int) {
  const char byte = 1;
  [[maybe_unused]] const auto written = ::write(signal_pipe[1], &byte, 1);
}

void send_line(int fd, const std::string& line) {
  const auto words = line + "\n";
  for (std::size_t done = 0; done < words.size();) {
    const auto sent = ::send(fd, words.data() + done, words.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) return;
    done += static_cast<std::size_t>(sent);
  }
}

using Obey = std::function<std::optional<std::string>(const std::string&)>;

// Answers the whole lines of what came; false once one of them ended the program.
bool answer_lines(int fd, std::string& text, const Obey& obey) {
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
    auto line = text.substr(0, end);
    text.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    const auto answer = obey(line);
    send_line(fd, answer.value_or("ok"));
    if (!answer) return false;
  }
  return true;
}

}  // namespace

ControlPort::ControlPort(std::uint16_t port) : port_(port) {
  listener_ = test::listen_on_loopback(port_, 16);
  if (listener_ < 0) throw std::runtime_error("cannot listen on the control port");
  if (::pipe2(signal_pipe, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, on_signal);
}

ControlPort::~ControlPort() { ::close(listener_); }

void ControlPort::serve(const Obey& obey) {
  std::map<int, std::string> clients;
  bool serving = true;
  while (serving) {
    std::vector<pollfd> waiting{{listener_, POLLIN, 0}, {signal_pipe[0], POLLIN, 0}};
    for (const auto& [fd, text] : clients) waiting.push_back({fd, POLLIN, 0});
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
    if (waiting[1].revents) break;
    if (waiting[0].revents) {
      if (const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC); fd >= 0) clients[fd];
    }
    for (std::size_t i = 2; i < waiting.size() && serving; ++i) {
      if (!waiting[i].revents) continue;
      const int fd = waiting[i].fd;
      char bytes[4096];
      const auto got = ::recv(fd, bytes, sizeof bytes, 0);
      if (got <= 0) {
        ::close(fd);
        clients.erase(fd);
        continue;
      }
      auto& text = clients[fd];
      text.append(bytes, static_cast<std::size_t>(got));
      serving = answer_lines(fd, text, obey);
    }
  }
  for (const auto& [fd, text] : clients) ::close(fd);
}

void write_ready_file(const std::string& file, std::initializer_list<std::uint16_t> ports) {
  const auto part = file + ".part";
  {
    std::ofstream out(part);
    const char* between = "";
    for (const auto port : ports) {
      out << between << port;
      between = " ";
    }
    out << '\n';
  }
  std::rename(part.c_str(), file.c_str());
}

}  // namespace messo::peers
