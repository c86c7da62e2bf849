// Compiled template versions by id: versions never change, so nothing is ever stale.
#pragma once
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>

#include "base/guarded.hpp"
#include "template/compiled_version.hpp"

namespace messo {

// Least recently used out first. Thread-safe; loading and compiling happen without the lock, so two threads may load the same version once
// each.
class TemplateCache {
 public:
  using Loader = std::function<Result<TemplateVersion>(TemplateVersionId)>;
  explicit TemplateCache(std::size_t capacity = 256) : capacity_(capacity == 0 ? 1 : capacity) {}

  // Drafts change under their id: do not ask for them here. Errors are those of `load`, definition_of and compile, and are not kept.
  Result<std::shared_ptr<const CompiledVersion>> get(TemplateVersionId id, const Loader& load);
  std::size_t size() const;

 private:
  using Entry = std::pair<TemplateVersionId, std::shared_ptr<const CompiledVersion>>;
  struct State {
    std::list<Entry> recent;  // newest first
    std::unordered_map<TemplateVersionId, std::list<Entry>::iterator> by_id;
  };
  const std::size_t capacity_;
  Guarded<State> state_;
};

// From a stored version to a compiled one.
Result<std::shared_ptr<const CompiledVersion>> compile_version(const TemplateVersion& version);

}  // namespace messo
