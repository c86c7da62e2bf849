#include "api/field_reader.hpp"
#include "api/job_check.hpp"
#include "api/resources/resources.hpp"
#include "api/resources/template_lookup.hpp"
#include "template/data_validation.hpp"

namespace messo::api::resources {
namespace {

constexpr std::string_view kPreviewFields[] = {"channel", "language", "data"};

struct Wanted {
  Channel channel = Channel::email;
  std::string language;
  nlohmann::json data;
};

std::optional<Wanted> read_wanted(const nlohmann::json& body, const TemplateDefinition& definition, Findings& findings) {
  FieldReader fields(body, "", kPreviewFields, findings);
  if (fields.is_object() && !fields.has("channel")) findings.malformed("/channel", "is missing");
  const auto channel = fields.word<Channel>("channel", parse_channel, "pec, email, sms, push, io, webhook");
  const auto language = fields.text("language", {35, false, false}).value_or(definition.default_language);
  const auto* data = fields.object("data");
  if (!channel || !findings.empty()) return {};
  Wanted wanted{*channel, language, data != nullptr ? *data : example_data(definition.variables)};
  if (definition.choose_language(*channel, definition.default_language).empty()) {
    findings.wrong("/channel", "the template has no text for this channel");
  } else if (offered_language(definition, *channel, language).empty()) {
    std::string all;
    for (const auto& offered : definition.languages()) all.append(all.empty() ? "" : ", ").append(offered);
    findings.wrong("/language", "the template has no text in this language; it offers " + all);
  }
  findings.wrong(validate_data(wanted.data, definition.variables));
  if (!findings.empty()) return {};
  return wanted;
}

}  // namespace

Response preview_template(Exchange& exchange) {
  if (auto missing = need_organisation(exchange)) return *std::move(missing);
  const auto version = version_of(exchange.request);
  if (!version) return parameter_error(exchange.request, version.error());
  const auto entry = find_template(exchange, exchange.args.front(), *version);
  if (!entry) return answer(exchange.request, entry.error());
  const auto body = body_of(exchange);
  if (!body) return body.error();
  Findings findings;
  const auto wanted = read_wanted(*body, (*entry)->compiled->definition(), findings);
  if (!wanted) return problem(exchange.request, findings);
  const auto rendered = (*entry)->compiled->render(wanted->channel, wanted->language, wanted->data);
  if (!rendered) {
    auto error = rendered.error();
    if (error.kind != ErrorKind::internal) error.kind = ErrorKind::invalid;
    return answer(exchange.request, error);
  }
  Json out = {{"template", (*entry)->version.key},
              {"version", (*entry)->version.number},
              {"language", rendered->language},
              {"channel", to_string(rendered->channel)},
              {"parts", Json::array()}};
  for (const auto& part : rendered->parts)
    out["parts"].push_back({{"name", part.name}, {"content_type", part.content_type}, {"body", part.body}});
  if (rendered->sms) out["sms"] = to_json(*rendered->sms);
  return answer(out);
}

}  // namespace messo::api::resources
