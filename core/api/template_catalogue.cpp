#include "api/template_catalogue.hpp"

#include <charconv>

namespace messo::api {
namespace {

constexpr std::size_t kMostKept = 10'000;  // bounds what asking for made-up keys can take

std::string name_of(OrganisationId organisation, std::string_view key) {
  std::string name(organisation.value.view());
  name.append(key);
  return name;
}

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

Result<CatalogueEntryPtr> TemplateCatalogue::ready(TemplateVersion version) {
  auto compiled = cache_.get(version.id, [&](TemplateVersionId) -> Result<TemplateVersion> { return version; });
  if (!compiled) return fail(compiled.error());
  version.definition_json.clear();
  return std::make_shared<const CatalogueEntry>(CatalogueEntry{std::move(version), *std::move(compiled)});
}

template <class F>
Result<CatalogueEntryPtr> TemplateCatalogue::kept(const std::string& name, F&& load) {
  // Read before loading: a change in between makes what is loaded look older than it is, never newer.
  const auto generation = store_.generation();
  auto known = state_.with([&](State& state) -> std::optional<Result<CatalogueEntryPtr>> {
    if (state.generation != generation) {
      state.sendable.clear();
      state.generation = generation;
      return {};
    }
    const auto at = state.sendable.find(name);
    if (at == state.sendable.end()) return {};
    return at->second;
  });
  if (known) return *std::move(known);
  auto loaded = load();
  if (!loaded && loaded.error().kind != ErrorKind::not_found && loaded.error().kind != ErrorKind::conflict) return loaded;
  state_.with([&](State& state) {
    if (state.generation != generation) return;
    if (state.sendable.size() >= kMostKept) state.sendable.clear();
    state.sendable.insert_or_assign(name, loaded);
  });
  return loaded;
}

Result<CatalogueEntryPtr> TemplateCatalogue::published(OrganisationId organisation, std::string_view key) {
  return kept(name_of(organisation, key), [&]() -> Result<CatalogueEntryPtr> {
    auto version = store_.published(organisation, key);
    if (!version) return fail(version.error());
    return ready(*std::move(version));
  });
}

Result<CatalogueEntryPtr> TemplateCatalogue::released(OrganisationId organisation, std::string_view key, std::uint32_t number) {
  // Asked of first: a template that was archived takes its older versions with it.
  auto current = published(organisation, key);
  if (!current || (*current)->version.number == number) return current;
  return kept(name_of(organisation, key) + "@" + std::to_string(number), [&]() -> Result<CatalogueEntryPtr> {
    const auto published = std::to_string((*current)->version.number);
    auto version = store_.find(organisation, key, number);
    if (!version && version.error().kind == ErrorKind::not_found) {
      return fail(ErrorKind::not_found, "template_version_not_found",
                  "there is no such version of the template; published is " + published);
    }
    if (!version) return fail(version.error());
    if (version->state == TemplateState::draft) {
      return fail(ErrorKind::conflict, "template_version_draft",
                  "this version is a draft: publish it first, or name a version that was published; now it is " + published);
    }
    return ready(*std::move(version));
  });
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
