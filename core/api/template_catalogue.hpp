// Templates by organisation and key, ready to check and render: what posting asks for once per request.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/guarded.hpp"
#include "store/template_store.hpp"
#include "template/template_cache.hpp"

namespace messo::api {

// A version without its files, and those files compiled.
struct CatalogueEntry {
  TemplateVersion version;  // definition_json is empty
  std::shared_ptr<const CompiledVersion> compiled;
};
using CatalogueEntryPtr = std::shared_ptr<const CatalogueEntry>;

// Thread-safe. Answers, also negative ones, are kept until any template of the store changes.
class TemplateCatalogue {
 public:
  TemplateCatalogue(TemplateStore& store, TemplateCache& cache) : store_(store), cache_(cache) {}

  // The published version. Errors: not_found "template_not_found", those of the store and of compiling.
  Result<CatalogueEntryPtr> published(OrganisationId organisation, std::string_view key);
  // A version that notifications may name: the published one, or one that was published before it. Errors: not_found "template_not_found"
  // (none is published, also when the template was archived), not_found "template_version_not_found", conflict "template_version_draft";
  // those of the store and of compiling.
  Result<CatalogueEntryPtr> released(OrganisationId organisation, std::string_view key, std::uint32_t number);
  // One version by number, whatever its state; not kept here (drafts change).
  Result<CatalogueEntryPtr> version(OrganisationId organisation, std::string_view key, std::uint32_t number);
  // The number of a version, for display; nullopt when it is not there any more. Kept.
  std::optional<std::uint32_t> number_of(TemplateVersionId id);

 private:
  struct State {
    std::uint64_t generation = 0;
    std::unordered_map<std::string, Result<CatalogueEntryPtr>> sendable;  // by organisation, key and, where one was named, number
    std::unordered_map<TemplateVersionId, std::uint32_t> numbers;
  };
  template <class F>
  Result<CatalogueEntryPtr> kept(const std::string& name, F&& load);
  Result<CatalogueEntryPtr> ready(TemplateVersion version);

  TemplateStore& store_;
  TemplateCache& cache_;
  Guarded<State> state_;
};

// "comunicazione" or "comunicazione@3".
struct TemplateName {
  std::string key;
  std::optional<std::uint32_t> version;
};
std::optional<TemplateName> parse_template_name(std::string_view text);

}  // namespace messo::api
