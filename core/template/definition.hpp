// What a template is made of: its files, and what template.toml says. The files are the truth: a version of a template holds them byte for
// byte, its partials included, so that a published version is pinned whole and goes back to disk unchanged. Pure.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/problems.hpp"
#include "model/plan.hpp"
#include "model/template.hpp"
#include "template/part.hpp"
#include "template/sms_rules.hpp"
#include "template/variable.hpp"

namespace messo {

// Path below the template's folder -> bytes: "template.toml", "it/email.text.mustache". Partials, shared by all templates, are
// "_partials/NAME.mustache" (any language) or "_partials/it/NAME.mustache".
using TemplateFiles = std::map<std::string, std::string, std::less<>>;

struct TemplateDefinition {
  std::string key;  // "avvio-procedimento"
  std::string title;
  TemplateClass template_class = TemplateClass::courtesy;
  std::string default_language;
  std::string zone;            // IANA name; dates and times are shown in it
  std::vector<StepSpec> plan;  // default plan; may be empty
  SmsRules sms;
  Variable variables;  // type object: the fields are the variables
  TemplateFiles files;

  // What `files` hold, as every job asks for it; made by parse_definition.
  struct LanguageTexts {
    std::string language;
    std::vector<Channel> channels;  // with every required part
  };
  std::vector<LanguageTexts> texts;  // in the order of languages()

  // Languages that have parts, the default one first, then by name. "it-de" is one text in two languages.
  std::vector<std::string> languages() const;
  // Whether the language has every required part of the channel.
  bool has(std::string_view language, Channel channel) const;
  // Channels with every required part in the language, in the order of kChannels.
  std::vector<Channel> channels(std::string_view language) const;
  // The language to render `channel` in for a person who wants `requested`: that one; its primary language ("it" for "it-CH"); a bilingual
  // text holding it ("it-de" for "de"); the default language. Empty: the channel has no text at all.
  std::string choose_language(Channel channel, std::string_view requested) const;
};

// "it", "de-AT", "it-de": BCP 47 shape, at most 35 characters.
bool is_language_tag(std::string_view tag);
// [a-z0-9][a-z0-9-]{0,62}
bool is_template_key(std::string_view key);
std::string part_path(std::string_view language, const PartSpec& part);  // "it/email.text.mustache"

// Reads template.toml and checks that every other file is a part or a partial. `folder` names the template in messages. All mistakes at
// once.
tl::expected<TemplateDefinition, Problems> parse_definition(TemplateFiles files, const std::string& folder);

// A version with this content: key, title, class, language, definition_json and content_hash are set, ids and times are the caller's.
TemplateVersion to_version(const TemplateDefinition& definition);
// Back from the store. Errors: corrupt "template_corrupt", and whatever parse_definition finds.
Result<TemplateDefinition> definition_of(const TemplateVersion& version);
// {"format": 1, "files": {...}}, keys sorted: equal files give equal bytes.
std::string to_definition_json(const TemplateFiles& files);
Result<TemplateFiles> parse_definition_json(std::string_view json);

// What a sending application needs to know, as the API's `Template` without version, state and time: key, title, class, default_language,
// languages, channels (those with a text), sms (where it has such a text), plan, variables, example (data made of the variables' examples).
nlohmann::json describe(const TemplateDefinition& definition);

}  // namespace messo
