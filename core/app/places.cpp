#include "app/places.hpp"

#include <cstdlib>
#include <string>

namespace messo {

namespace fs = std::filesystem;

fs::path state_folder() {
  const char* value = std::getenv("STATE_DIRECTORY");
  const std::string folders = value == nullptr ? "" : value;
  return folders.substr(0, folders.find(':'));
}

fs::path plugin_folder(const fs::path& configured) {
  if (!configured.empty()) return configured;
  std::error_code problem;
  const fs::path program = fs::read_symlink("/proc/self/exe", problem);
  const fs::path beside = program.parent_path().parent_path() / "plugins";
  return !problem && fs::is_directory(beside, problem) ? beside : fs::path("/usr/lib/messo/plugins");
}

}  // namespace messo
