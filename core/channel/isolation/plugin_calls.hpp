// Part of plugin_process: how it calls its plugin.
#pragma once
#include <algorithm>
#include <string>

#include "channel/isolation/plugin_process.hpp"

namespace messo::isolation {

enum ProcessExit : int { kHubGone = 0, kHubNonsense = 3, kWriteFailed = 4 };

// The border forbids exceptions; this process survives them to say which call threw.
template <class F>
std::int32_t call_plugin(F&& body) noexcept {
  try {
    return body();
  } catch (...) {
    return MESSO_E_INTERNAL;
  }
}

class Room {
 public:
  explicit Room(std::size_t size = 1024) : bytes_(size, '\0'), raw_{bytes_.data(), size, 0} {}
  messo_buffer* raw() { return &raw_; }
  std::string_view text() const { return {bytes_.data(), std::min(raw_.len, bytes_.size())}; }
  void begin_with(std::string_view text) {
    raw_.len = std::min(text.size(), bytes_.size());
    std::memcpy(bytes_.data(), text.data(), raw_.len);
  }

 private:
  std::string bytes_;
  messo_buffer raw_;
};

}  // namespace messo::isolation

namespace messo {

// The table of an extension the plugin lists, complete; null otherwise, or while it is not started.
template <class T>
const T* PluginProcess::table_of(const char* id) {
  const messo_channel& table = plugin_->table();
  if (!running_ || !plugin_->descriptor().has_extension(id) || !MESSO_HAS(&table, messo_channel, extension) || table.extension == nullptr)
    return nullptr;
  const void* found = nullptr;
  isolation::call_plugin([&] { return found = table.extension(id), std::int32_t{MESSO_OK}; });
  const auto* out = static_cast<const T*>(found);
  return out != nullptr && out->struct_size >= sizeof(T) ? out : nullptr;
}

}  // namespace messo
