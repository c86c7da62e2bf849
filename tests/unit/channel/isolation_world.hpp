// A provider in a process of its own, in the tests: the hub's surroundings with the time of day, because the process has no other.
#pragma once
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "channel_doubles.hpp"
#include "support/wait_until.hpp"

namespace messo::test {

inline std::filesystem::path host_program() { return build_dir() / "bin" / "messo-plugin-host"; }

struct IsolationWorld {
  RecordingListener listener;
  MemoryBlobs blobs;
  SystemClock clock;
  CountingLog log;
  BorderParts parts() { return {listener, blobs, clock, log}; }

  IsolationOptions options() const {
    IsolationOptions out;
    out.host_program = host_program();
    out.first_wait = Millis{10};
    return out;
  }
  Result<std::shared_ptr<PluginProvider>> start(const std::filesystem::path& folder, const std::string& plugin,
                                                const nlohmann::json& config, const IsolationOptions& isolation,
                                                std::uint32_t memory_mb = 0) {
    auto library = PluginLibrary::open(folder, plugin);
    if (!library) return fail(library.error());
    Provider settings = provider_of(plugin, config.dump());
    settings.isolation = Isolation::process;
    settings.memory_mb = memory_mb;
    return PluginProvider::start(std::move(settings), *library, parts(), isolation);
  }
  std::vector<OutgoingMessage> messages(std::size_t count, const std::string& to = "anna@example.it") {
    std::vector<OutgoingMessage> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(message_to(to, clock.now()));
    return out;
  }
};

// A sanitizer reserves terabytes of address space: limits of memory mean nothing under it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace messo::test
