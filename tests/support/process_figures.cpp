#include "support/process_figures.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace messo::test {

ProcessFigures figures_of(pid_t pid) {
  ProcessFigures figures;
  const std::string folder = "/proc/" + std::to_string(pid);
  std::ifstream stat(folder + "/stat");
  std::string line;
  if (std::getline(stat, line)) {
    // proc(5): the name in parentheses may hold spaces; utime and stime are the 14th and 15th fields.
    std::istringstream fields(line.substr(line.rfind(')') + 2));
    std::string skip;
    for (int i = 3; i < 14; ++i) fields >> skip;
    double user = 0, system = 0;
    fields >> user >> system;
    figures.cpu_seconds = (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  std::ifstream status(folder + "/status");
  while (std::getline(status, line)) {
    if (line.starts_with("RssAnon:")) figures.anonymous_bytes = std::stoull(line.substr(8)) * 1024;
  }
  return figures;
}

}  // namespace messo::test
