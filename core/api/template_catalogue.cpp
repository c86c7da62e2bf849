#include "api/template_catalogue.hpp"

#include <charconv>

namespace messo::api {
namespace {

constexpr std::size_t kMostKept = 10'000;  // bounds what asking for made-up keys can take

}  // namespace

std::optional<TemplateName> parse_template_name(std::string_view text) {
  const auto at = text.find('@');
  TemplateName name{std::string(text.substr(0, at)), {}};
  if (!is_template_key(name.key)) return {};
  if (at == std::string_view::npos) return name;
  const auto digits = text.substr(at + 1);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() || number == 0 || number > 1'000'000) return {};
  name.version = number;
  return name;
}

Result<CatalogueEntryPtr> TemplateCatalogue::load(OrganisationId organisation, std::string_view key) {
  auto version = store_.published(organisation, key);
  if (!version) return fail(version.error());
  auto compiled = cache_.get(version->id, [&](TemplateVersionId) -> Result<TemplateVersion> { return *version; });
  if (!compiled) return fail(compiled.error());
  version->definition_json.clear();
  return std::make_shared<const CatalogueEntry>(CatalogueEntry{*std::move(version), *std::move(compiled)});
}

Result<CatalogueEntryPtr> TemplateCatalogue::published(OrganisationId organisation, std::string_view key) {
  // Read before loading: a change in between makes what is loaded look older than it is, never newer.
  const auto generation = store_.generation();
  std::string name(organisation.value.view());
  name.append(key);
  auto known = state_.with([&](State& state) -> std::optional<Result<CatalogueEntryPtr>> {
    if (state.generation != generation) {
      state.published.clear();
      state.generation = generation;
      return {};
    }
    const auto at = state.published.find(name);
    if (at == state.published.end()) return {};
    return at->second;
  });
  if (known) return *std::move(known);
  auto loaded = load(organisation, key);
  if (!loaded && loaded.error().kind != ErrorKind::not_found) return loaded;
  state_.with([&](State& state) {
    if (state.generation != generation) return;
    if (state.published.size() >= kMostKept) state.published.clear();
    state.published.insert_or_assign(name, loaded);
  });
  return loaded;
}

Result<CatalogueEntryPtr> TemplateCatalogue::version(OrganisationId organisation, std::string_view key, std::uint32_t number) {
  auto version = store_.find(organisation, key, number);
  if (!version) return fail(version.error());
  auto compiled = compile_version(*version);
  if (!compiled) return fail(compiled.error());
  version->definition_json.clear();
  return std::make_shared<const CatalogueEntry>(CatalogueEntry{*std::move(version), *std::move(compiled)});
}

std::optional<std::uint32_t> TemplateCatalogue::number_of(TemplateVersionId id) {
  auto known = state_.with([&](State& state) -> std::optional<std::uint32_t> {
    const auto at = state.numbers.find(id);
    if (at == state.numbers.end()) return {};
    return at->second;
  });
  if (known) return known;
  const auto version = store_.find(id);
  if (!version) return {};
  state_.with([&](State& state) {
    if (state.numbers.size() >= kMostKept) state.numbers.clear();
    state.numbers.emplace(id, version->number);
  });
  return version->number;
}

}  // namespace messo::api
