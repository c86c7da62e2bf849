// A bounded folder of files, each written whole or not at all.
#pragma once
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/result.hpp"

namespace messo::outbox {

// Thread-safe. Owns the files whose names end in .eml or .json, and its own temporary ones, in `directory`; others are left alone.
class OutboxFolder {
 public:
  OutboxFolder(std::string directory, std::size_t max_files, bool sync)
      : directory_(std::move(directory)), max_files_(max_files), sync_(sync) {}

  // Makes the folder (mode 0700), removes half-written files, learns what is there. Error: unavailable, naming the remedy.
  Status open();
  // Writes `name` by temporary file, fsync and rename (POSIX.1-2017 rename): a reader sees the old bytes or the new. An existing file of
  // that name is replaced. Durable on return when `sync`. Past the bound the oldest files are removed, never the one just written.
  Status store(const std::string& name, std::string_view bytes);
  std::size_t count() const;

 private:
  Status write(const std::string& path, std::string_view bytes) const;
  void note(const std::string& name);

  const std::string directory_;
  const std::size_t max_files_;
  const bool sync_;
  mutable std::mutex mutex_;
  std::deque<std::string> order_;  // oldest first
  std::unordered_set<std::string> names_;
};

}  // namespace messo::outbox
