#include <algorithm>

#include "store/memory/parts.hpp"

namespace messo::memory {
namespace {

// The newest version of a template, or nullptr.
TemplateVersion* newest(std::vector<TemplateVersion>& all, OrganisationId organisation, std::string_view key) {
  TemplateVersion* best = nullptr;
  for (TemplateVersion& v : all) {
    if (v.organisation == organisation && v.key == key && (!best || v.number > best->number)) best = &v;
  }
  return best;
}

}  // namespace

Result<TemplateVersion> MemoryTemplates::put_draft(TemplateVersion version) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  const Instant now = shared_.clock.now();
  version.content_hash = sha256(version.definition_json);
  TemplateVersion* last = newest(state.templates, version.organisation, version.key);
  if (last && last->content_hash == version.content_hash) return *last;
  if (version.id.is_nil()) version.id = TemplateVersionId::make(now);
  if (version.created_at == Instant{}) version.created_at = now;
  version.state = TemplateState::draft;
  version.published_at.reset();
  version.template_id = last ? last->template_id : TemplateId::make(now);
  const bool replace = last && last->state == TemplateState::draft;
  version.number = !last ? 1 : replace ? last->number : last->number + 1;
  ++state.template_generation;
  if (replace) {
    *last = version;
  } else {
    state.templates.push_back(version);
  }
  return version;
}

Result<TemplateVersion> MemoryTemplates::publish(OrganisationId organisation, std::string_view key, std::uint32_t number, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  TemplateVersion* chosen = nullptr;
  for (TemplateVersion& v : state.templates) {
    if (v.organisation == organisation && v.key == key && v.number == number) chosen = &v;
  }
  if (!chosen) return fail(decisions::no_such_template());
  if (chosen->state == TemplateState::published) return *chosen;
  for (TemplateVersion& v : state.templates) {
    if (v.organisation == organisation && v.key == key && v.state == TemplateState::published) v.state = TemplateState::archived;
  }
  chosen->state = TemplateState::published;
  chosen->published_at = now;
  ++state.template_generation;
  return *chosen;
}

Status MemoryTemplates::archive(OrganisationId organisation, std::string_view key) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  if (!newest(state.templates, organisation, key)) return fail(decisions::no_such_template());
  for (TemplateVersion& v : state.templates) {
    if (v.organisation == organisation && v.key == key && v.state == TemplateState::published) v.state = TemplateState::archived;
  }
  ++state.template_generation;
  return {};
}

Result<TemplateVersion> MemoryTemplates::published(OrganisationId organisation, std::string_view key) {
  const std::scoped_lock hold(shared_.mutex);
  for (const TemplateVersion& v : shared_.state.templates) {
    if (v.organisation == organisation && v.key == key && v.state == TemplateState::published) return v;
  }
  return fail(decisions::no_such_template());
}

Result<TemplateVersion> MemoryTemplates::find(TemplateVersionId id) {
  const std::scoped_lock hold(shared_.mutex);
  const auto at = std::ranges::find(shared_.state.templates, id, &TemplateVersion::id);
  if (at == shared_.state.templates.end()) return fail(decisions::no_such_template());
  return *at;
}

Result<TemplateVersion> MemoryTemplates::find(OrganisationId organisation, std::string_view key, std::uint32_t number) {
  const std::scoped_lock hold(shared_.mutex);
  for (const TemplateVersion& v : shared_.state.templates) {
    if (v.organisation == organisation && v.key == key && v.number == number) return v;
  }
  return fail(decisions::no_such_template());
}

Result<std::vector<TemplateVersion>> MemoryTemplates::list(OrganisationId organisation) {
  const std::scoped_lock hold(shared_.mutex);
  std::vector<TemplateVersion> out;
  for (const TemplateVersion& v : shared_.state.templates) {
    if (v.organisation == organisation) out.push_back(v);
  }
  for (TemplateVersion& v : out) v.definition_json.clear();
  std::ranges::sort(
      out, [](const TemplateVersion& a, const TemplateVersion& b) { return a.key != b.key ? a.key < b.key : a.number > b.number; });
  return out;
}

std::uint64_t MemoryTemplates::generation() const {
  const std::scoped_lock hold(shared_.mutex);
  return shared_.state.template_generation;
}

}  // namespace messo::memory
