#include "template/template_cache.hpp"

namespace messo {

Result<std::shared_ptr<const CompiledVersion>> compile_version(const TemplateVersion& version) {
  auto definition = definition_of(version);
  if (!definition) return fail(std::move(definition.error()));
  return CompiledVersion::compile(std::move(*definition));
}

Result<std::shared_ptr<const CompiledVersion>> TemplateCache::get(TemplateVersionId id, const Loader& load) {
  auto cached = state_.with([&](State& state) -> std::shared_ptr<const CompiledVersion> {
    const auto found = state.by_id.find(id);
    if (found == state.by_id.end()) return nullptr;
    state.recent.splice(state.recent.begin(), state.recent, found->second);
    return found->second->second;
  });
  if (cached) return cached;

  auto version = load(id);
  if (!version) return fail(std::move(version.error()));
  auto compiled = compile_version(*version);
  if (!compiled) return compiled;
  state_.with([&](State& state) {
    if (state.by_id.contains(id)) return;
    state.recent.emplace_front(id, *compiled);
    state.by_id[id] = state.recent.begin();
    if (state.recent.size() <= capacity_) return;
    state.by_id.erase(state.recent.back().first);
    state.recent.pop_back();
  });
  return compiled;
}

std::size_t TemplateCache::size() const {
  return state_.with([](const State& state) { return state.recent.size(); });
}

}  // namespace messo
