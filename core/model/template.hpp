// A template's versions as the store keeps them. What is inside `definition_json` is core/template's business.
#pragma once
#include <string>

#include "model/ids.hpp"
#include "model/words.hpp"

namespace messo {

// One version of one template of one organisation. Published and archived ones never change.
struct TemplateVersion {
  TemplateVersionId id;
  TemplateId template_id;
  OrganisationId organisation;
  std::string key;           // "avvio-procedimento", unique in the organisation
  std::uint32_t number = 1;  // 1, 2, ... per template
  TemplateState state = TemplateState::draft;
  std::string title;
  TemplateClass template_class = TemplateClass::courtesy;
  std::string default_language;
  std::string definition_json;  // parts, partials, variables, plan: self-contained, so that the version is pinned whole
  Sha256 content_hash{};        // of definition_json
  Instant created_at{};
  std::optional<Instant> published_at;
};

}  // namespace messo
