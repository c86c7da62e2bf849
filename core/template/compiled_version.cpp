#include "template/compiled_version.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "template/quick_json.hpp"

namespace messo {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string shaped(std::string text, Shape shape) {
  switch (shape) {
    case Shape::single_line: return to_single_line(text);
    case Shape::trimmed: return std::string(trim(text));
    case Shape::as_written: break;
  }
  return text;
}

Error part_error(const PartSpec& part, std::string sentence) {
  const auto name = fmt::format("{}.{}", to_string(part.channel), part.name);
  return Error{ErrorKind::too_large, "template_part", fmt::format("{} {}", name, sentence), {}, {{name, sentence}}, {}};
}

}  // namespace

const RenderedPart* RenderedMessage::part(std::string_view name) const {
  for (const auto& candidate : parts) {
    if (candidate.name == name) return &candidate;
  }
  return nullptr;
}

// Each part as name, length, bytes: no two different messages give the same input.
Sha256 content_hash(const RenderedMessage& message) {
  Sha256Stream hash;
  for (const auto& part : message.parts) {
    hash.update(part.name + "\n" + std::to_string(part.body.size()) + "\n");
    hash.update(part.body);
  }
  return hash.finish();
}

Result<std::shared_ptr<const CompiledVersion>> CompiledVersion::compile(TemplateDefinition definition) {
  auto out = std::make_shared<CompiledVersion>();
  out->definition_ = std::move(definition);
  for (const auto& [path, source] : out->definition_.files) {
    if (path == "template.toml") continue;
    auto compiled = CompiledTemplate::compile(source, {.name = path, .message = true});
    if (!compiled) return fail(to_error(compiled.error(), out->definition_.key + "/" + path));
    out->add_partial(path, *compiled);
    out->files_.emplace(path, std::move(*compiled));
  }
  for (const auto& [language, channels] : out->definition_.texts) {
    for (const auto& spec : part_specs()) {
      if (const auto* compiled = out->file(part_path(language, spec)); compiled != nullptr)
        out->texts_.push_back({language, &spec, compiled});
    }
  }
  return std::shared_ptr<const CompiledVersion>(std::move(out));
}

void CompiledVersion::add_partial(std::string_view path, const std::shared_ptr<const CompiledTemplate>& compiled) {
  constexpr std::string_view folder = "_partials/", extension = ".mustache";
  if (!path.starts_with(folder)) return;
  path.remove_prefix(folder.size());
  path.remove_suffix(extension.size());
  const auto slash = path.find('/');
  const auto language = slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
  partials_[std::string(slash == std::string_view::npos ? path : path.substr(slash + 1))].emplace_back(language, compiled);
}

const CompiledTemplate* CompiledVersion::file(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : found->second.get();
}

std::shared_ptr<const CompiledTemplate> CompiledVersion::partial(std::string_view name, std::string_view language) const {
  const auto found = partials_.find(name);
  if (found == partials_.end()) return nullptr;
  const auto primary = language.substr(0, language.find('-'));
  for (const auto wanted : {language, primary, std::string_view{}}) {
    for (const auto& [of, compiled] : found->second) {
      if (of == wanted) return compiled;
    }
  }
  return nullptr;
}

Result<RenderedMessage> CompiledVersion::render(Channel channel, std::string_view requested_language, const nlohmann::json& data) const {
  RenderedMessage out;
  out.channel = channel;
  out.language = definition_.choose_language(channel, requested_language);
  if (out.language.empty()) {
    return fail(ErrorKind::not_found, "template_channel",
                fmt::format("Template \"{}\" has no text for channel \"{}\": add its files or choose another channel.", definition_.key,
                            to_string(channel)));
  }
  out.parts.reserve(3);
  for (const auto& [language, spec, compiled] : texts_) {
    if (spec->channel != channel || language != out.language) continue;
    auto part = render_part(*spec, *compiled, out.language, data);
    if (!part) return fail(std::move(part.error()));
    if (channel == Channel::sms) {
      auto measured = apply_sms_rules(definition_.sms, part->body);
      if (!measured) return fail(std::move(measured.error()));
      out.sms = std::move(*measured);
    }
    out.parts.push_back(std::move(*part));
  }
  return out;
}

Result<RenderedPart> CompiledVersion::render_part(const PartSpec& spec, const CompiledTemplate& compiled, std::string_view language,
                                                  const nlohmann::json& data) const {
  RenderOptions options;
  options.escape = spec.escape;
  options.types = &definition_.variables;
  options.format = {.language = language, .locale = find_locale(language), .zone = definition_.zone};
  options.limits.output_bytes = spec.max_bytes;
  const PartialLookup partials = [this](std::string_view name, std::string_view in_use) { return partial(name, in_use); };
  auto text = messo::render(compiled, data, partials, options);
  if (!text) return fail(std::move(text.error()));
  RenderedPart out{std::string(spec.name), std::string(spec.content_type), shaped(std::move(*text), spec.shape)};
  const auto characters = spec.min_characters > 1 || spec.max_characters != 0 ? count_characters(out.body) : out.body.size();
  if (trim(out.body).empty()) return fail(part_error(spec, "is empty with this data: check the template's sections"));
  if (characters < spec.min_characters)
    return fail(part_error(spec, fmt::format("has {} characters, the channel wants at least {}", characters, spec.min_characters)));
  if (spec.max_characters != 0 && characters > spec.max_characters) {
    return fail(part_error(spec, fmt::format("has {} characters, the channel takes at most {}", characters, spec.max_characters)));
  }
  return out;
}

Result<RenderedMessage> render_message(const CompiledVersion& version, Channel channel, std::string_view requested_language,
                                       std::string_view data_json) {
  auto data = read_json_quickly(data_json);
  if (!data) data = nlohmann::json::parse(data_json, nullptr, false);
  if (data->is_discarded()) return fail(ErrorKind::corrupt, "data_corrupt", "The notification's data cannot be read.", "not JSON");
  return version.render(channel, requested_language, *data);
}

}  // namespace messo
