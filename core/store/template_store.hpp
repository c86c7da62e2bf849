// Versioned templates.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/template.hpp"

namespace messo {

class TemplateStore {
 public:
  virtual ~TemplateStore() = default;

  // Stores a draft: replaces the template's current draft, or makes the next version number. `version.number`, `state`, `template_id` are
  // set by the store, `content_hash` computed, a nil id made; a replaced draft gets the new id; a definition equal (content_hash) to the
  // newest version's changes nothing and returns that one.
  virtual Result<TemplateVersion> put_draft(TemplateVersion version) = 0;
  // draft -> published; the version published before becomes archived (notifications that pin it still render). An archived version may be
  // published again (going back); a published one stays as it is. Errors: not_found.
  virtual Result<TemplateVersion> publish(OrganisationId organisation, std::string_view key, std::uint32_t number, Instant now) = 0;
  // Nothing can be sent with the template any more until another version is published.
  virtual Status archive(OrganisationId organisation, std::string_view key) = 0;

  // The published version new notifications pin. Cached by the caller through `generation`.
  virtual Result<TemplateVersion> published(OrganisationId organisation, std::string_view key) = 0;
  virtual Result<TemplateVersion> find(TemplateVersionId id) = 0;
  virtual Result<TemplateVersion> find(OrganisationId organisation, std::string_view key, std::uint32_t number) = 0;
  // Newest first per key, without `definition_json`.
  virtual Result<std::vector<TemplateVersion>> list(OrganisationId organisation) = 0;
  // Rises with every change to any template of this store. Cheap: caches compare it.
  virtual std::uint64_t generation() const = 0;
};

}  // namespace messo
