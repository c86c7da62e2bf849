#include <algorithm>

#include "api/field_reader.hpp"
#include "api/resources/directory_edit.hpp"
#include "api/resources/resources.hpp"
#include "api/views.hpp"
#include "template/definition.hpp"
#include "template/lint.hpp"

namespace messo::api::resources {
namespace {

constexpr std::string_view kTemplateFields[] = {"key", "files"};
constexpr std::size_t kMostFileBytes = 1'000'000;

Result<OrganisationId> organisation_of(const Exchange& exchange) {
  const auto found = administered_organisation(exchange, exchange.request.parameter("organisation"), "organisation");
  if (!found) return fail(found.error());
  return (*found)->id;
}

// The problem for an organisation that is missing (400) or unknown (422).
Response organisation_error(const Exchange& exchange, const Error& error) {
  if (error.code == "organisation_missing") return parameter_error(exchange.request, error);
  return problem(exchange.request, 422, error.code, "There is no such organisation.");
}

Result<TemplateVersion> newest(Exchange& exchange, OrganisationId organisation, std::string_view key) {
  auto& store = exchange.hub.parts.store.templates();
  auto all = store.list(organisation);
  if (!all) return fail(all.error());
  const auto at = std::find_if(all->begin(), all->end(), [&](const auto& version) { return version.key == key; });
  if (at == all->end()) return fail(ErrorKind::not_found, "template_not_found", "There is no such template.");
  return store.find(organisation, key, at->number);
}

// The version of the template in the path that ?version= and ?organisation= name, or the answer that says why there is none.
tl::expected<TemplateVersion, Response> version_asked_for(Exchange& exchange) {
  const auto number = version_of(exchange.request);
  if (!number) return tl::unexpected(parameter_error(exchange.request, number.error()));
  const auto organisation = organisation_of(exchange);
  if (!organisation) return tl::unexpected(organisation_error(exchange, organisation.error()));
  const auto& key = exchange.args.front();
  auto version = *number ? exchange.hub.parts.store.templates().find(*organisation, key, **number) : newest(exchange, *organisation, key);
  if (!version) return tl::unexpected(answer(exchange.request, version.error()));
  return *std::move(version);
}

TemplateFiles read_files(FieldReader& fields, Findings& findings) {
  TemplateFiles out;
  if (fields.is_object() && !fields.has("files")) findings.malformed("/files", "is missing");
  const auto* files = fields.object("files");
  if (files == nullptr) return out;
  if (files->size() > 500) findings.wrong("/files", "has more than 500 entries; send fewer");
  for (const auto& [path, content] : files->items()) {
    if (!content.is_string())
      findings.malformed("/files", "the file " + path + " must be a text");
    else if (content.get_ref<const std::string&>().size() > kMostFileBytes)
      findings.wrong("/files", "the file " + path + " is over a megabyte");
    else
      out.emplace(path, content.get<std::string>());
  }
  return out;
}

// Problems of a template's files, told file and line.
Response template_problems(const http::Request& request, const Problems& problems) {
  std::vector<FieldError> errors;
  for (const auto& found : problems) errors.push_back({"/files", to_line(found)});
  return problem(request, 422, "template_invalid", "The template has mistakes; `errors` names each with file and line.", errors);
}

}  // namespace

Response list_template_versions(Exchange& exchange) {
  const auto organisation = organisation_of(exchange);
  if (!organisation) return organisation_error(exchange, organisation.error());
  const auto versions = exchange.hub.parts.store.templates().list(*organisation);
  if (!versions) return answer(exchange.request, versions.error());
  Json body = {{"items", Json::array()}};
  for (const auto& version : *versions) body["items"].push_back(views::template_version(version));
  return answer(body);
}

Response import_template(Exchange& exchange) {
  const auto organisation = organisation_of(exchange);
  if (!organisation) return organisation_error(exchange, organisation.error());
  const auto body = body_of(exchange);
  if (!body) return body.error();
  Findings findings;
  FieldReader fields(*body, "", kTemplateFields, findings);
  const auto key = fields.required_text("key", {63, false, false});
  auto files = read_files(fields, findings);
  if (!findings.empty()) return problem(exchange.request, findings);
  const auto definition = parse_definition(std::move(files), *key);
  if (!definition) return template_problems(exchange.request, definition.error());
  if (definition->key != *key)
    return answer(exchange.request, Error{ErrorKind::invalid,
                                          "template_key",
                                          "The key is not the one in template.toml.",
                                          {},
                                          {{"/key", "must be \"" + definition->key + "\", as in template.toml"}},
                                          {}});

  auto version = to_version(*definition);
  version.organisation = *organisation;
  version.id = TemplateVersionId::make(exchange.now);
  version.created_at = exchange.now;
  const auto stored = exchange.hub.parts.store.templates().put_draft(std::move(version));
  if (!stored) return answer(exchange.request, stored.error());
  auto shown = views::template_version(*stored);
  shown["warnings"] = Json::array();
  for (const auto& finding : lint(*definition)) shown["warnings"].push_back(to_line(finding));
  return answer(shown);
}

Response export_template(Exchange& exchange) {
  auto version = version_asked_for(exchange);
  if (!version) return std::move(version.error());
  const auto files = parse_definition_json(version->definition_json);
  if (!files) return answer(exchange.request, files.error());
  auto shown = views::template_version(*version);
  shown["files"] = Json::object();
  for (const auto& [path, content] : *files) shown["files"][path] = content;
  return answer(shown);
}

Response publish_template(Exchange& exchange) {
  auto version = version_asked_for(exchange);
  if (!version) return std::move(version.error());
  if (version->state != TemplateState::draft) {
    return problem(exchange.request, 409, "no_draft",
                   "Version " + std::to_string(version->number) + " is no draft; import a new one first.");
  }
  const auto definition = definition_of(*version);
  if (!definition) return answer(exchange.request, definition.error());
  const auto findings = lint(*definition);
  if (has_errors(findings)) {
    std::vector<FieldError> errors;
    for (const auto& finding : findings) {
      if (finding.severity == Severity::error) errors.push_back({"", to_line(finding)});
    }
    return problem(exchange.request, 422, "template_invalid", "The template has mistakes and cannot be published; `errors` names each.",
                   errors);
  }
  const auto published = exchange.hub.parts.store.templates().publish(version->organisation, version->key, version->number, exchange.now);
  if (!published) return answer(exchange.request, published.error());
  return answer(views::template_version(*published));
}

Response archive_template(Exchange& exchange) {
  const auto organisation = organisation_of(exchange);
  if (!organisation) return organisation_error(exchange, organisation.error());
  const auto archived = exchange.hub.parts.store.templates().archive(*organisation, exchange.args.front());
  if (!archived) return answer(exchange.request, archived.error());
  return answer({{"key", exchange.args.front()}, {"state", to_string(TemplateState::archived)}});
}

}  // namespace messo::api::resources
