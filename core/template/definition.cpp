#include "template/definition.hpp"

#include <algorithm>

#include "template/definition_reader.hpp"

namespace messo {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kManifest = "template.toml";
constexpr std::string_view kPartials = "_partials/";
constexpr std::string_view kExtension = ".mustache";
constexpr std::size_t kMostFiles = 1'000;
constexpr std::size_t kMostBytes = 8 * 1024 * 1024;

bool is_file_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 && name.front() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

// Why the file has no place in a template; empty when it has one.
std::string misplaced(std::string_view path) {
  if (path == kManifest) return {};
  const bool partial = path.starts_with(kPartials);
  auto rest = partial ? path.substr(kPartials.size()) : path;
  const auto slash = rest.find('/');
  if (slash != std::string_view::npos) {
    if (!is_language_tag(rest.substr(0, slash))) return "the folder is not a language tag like \"it\" or \"de-IT\"; rename or remove it";
    rest.remove_prefix(slash + 1);
  } else if (!partial) {
    return "only template.toml and one folder a language belong here; move or remove it";
  }
  if (!rest.ends_with(kExtension)) return "only files named CHANNEL.PART.mustache belong here; rename or remove it";
  rest.remove_suffix(kExtension.size());
  if (partial) return is_file_name(rest) ? "" : "a partial's name is made of letters, digits, \".\", \"-\" and \"_\"";
  if (find_part(rest) != nullptr) return {};
  std::vector<std::string> names;
  for (const auto& part : part_specs()) names.push_back(std::string(to_string(part.channel)) + "." + std::string(part.name));
  const std::vector<std::string_view> known(names.begin(), names.end());
  const auto near = nearest_word(rest, known);
  return near.empty() ? "there is no such part; parts are " + part_names()
                      : "there is no such part; did you mean \"" + std::string(near) + ".mustache\"?";
}

Json plan_to_json(const std::vector<StepSpec>& plan) {
  auto out = Json::array();
  for (const auto& step : plan) {
    Json row = {{"channel", to_string(step.channel)}, {"success", to_string(step.success)}};
    if (!step.pool.empty()) row["pool"] = step.pool;
    if (step.wait) row["wait_seconds"] = step.wait->count();
    out.push_back(std::move(row));
  }
  return out;
}

bool holds_language(std::string_view bilingual, std::string_view wanted) {
  for (std::size_t from = 0; from < bilingual.size();) {
    const auto dash = std::min(bilingual.find('-', from), bilingual.size());
    if (bilingual.substr(from, dash - from) == wanted) return true;
    from = dash + 1;
  }
  return false;
}

bool is_complete(const TemplateFiles& files, std::string_view language, Channel channel) {
  bool any = false;
  for (const auto& part : part_specs()) {
    if (part.channel != channel) continue;
    const bool there = files.contains(part_path(language, part));
    if (part.required && !there) return false;
    any = any || there;
  }
  return any;
}

// Languages that have parts, the default one first, then by name.
std::vector<TemplateDefinition::LanguageTexts> texts_of(const TemplateFiles& files, std::string_view default_language) {
  std::vector<TemplateDefinition::LanguageTexts> out;
  for (const auto& [path, bytes] : files) {
    const auto slash = path.find('/');
    if (slash == std::string::npos || path.starts_with(kPartials)) continue;
    const auto language = path.substr(0, slash);
    if (std::any_of(out.begin(), out.end(), [&](const auto& known) { return known.language == language; })) continue;
    out.push_back({language, {}});
    for (const auto channel : kChannels) {
      if (is_complete(files, language, channel)) out.back().channels.push_back(channel);
    }
  }
  std::stable_partition(out.begin(), out.end(), [&](const auto& text) { return text.language == default_language; });
  return out;
}

}  // namespace

bool is_language_tag(std::string_view tag) {
  if (tag.size() < 2 || tag.size() > 35 || tag.back() == '-') return false;
  std::size_t subtag = 0;
  bool first = true;
  for (const char c : tag) {
    if (c == '-') {
      if (subtag < (first ? 2u : 1u) || subtag > 8) return false;
      first = false;
      subtag = 0;
      continue;
    }
    const bool lower = c >= 'a' && c <= 'z';
    if (!lower && (first || !((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))) return false;
    ++subtag;
  }
  return subtag <= 8 && (!first || subtag <= 3);
}

bool is_template_key(std::string_view key) {
  return !key.empty() && key.size() <= 63 && key.front() != '-' &&
         std::all_of(key.begin(), key.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::string part_path(std::string_view language, const PartSpec& part) {
  std::string out(language);
  out += '/';
  out += to_string(part.channel);
  out += '.';
  out += part.name;
  out += kExtension;
  return out;
}

std::vector<std::string> TemplateDefinition::languages() const {
  std::vector<std::string> out;
  out.reserve(texts.size());
  for (const auto& text : texts) out.push_back(text.language);
  return out;
}

std::vector<Channel> TemplateDefinition::channels(std::string_view language) const {
  const auto text = std::find_if(texts.begin(), texts.end(), [&](const LanguageTexts& one) { return one.language == language; });
  return text == texts.end() ? std::vector<Channel>{} : text->channels;
}

bool TemplateDefinition::has(std::string_view language, Channel channel) const {
  return std::any_of(texts.begin(), texts.end(), [&](const LanguageTexts& text) {
    return text.language == language && std::find(text.channels.begin(), text.channels.end(), channel) != text.channels.end();
  });
}

std::string TemplateDefinition::choose_language(Channel channel, std::string_view requested) const {
  const auto primary = requested.substr(0, requested.find('-'));
  if (!requested.empty() && has(requested, channel)) return std::string(requested);
  if (!primary.empty() && has(primary, channel)) return std::string(primary);
  if (!primary.empty()) {
    for (const auto& [language, channels] : texts) {
      if (holds_language(language, primary) && has(language, channel)) return language;
    }
  }
  if (has(default_language, channel)) return default_language;
  for (const auto& [language, channels] : texts) {
    if (has(language, channel)) return language;
  }
  return {};
}

tl::expected<TemplateDefinition, Problems> parse_definition(TemplateFiles files, const std::string& folder) {
  Problems problems;
  std::size_t bytes = 0;
  for (const auto& [path, content] : files) {
    bytes += content.size();
    if (find_invalid_utf8(content) != std::string::npos)
      problems.push_back({folder + "/" + path, 0, "", "is not UTF-8: save it again as UTF-8"});
    if (auto why = misplaced(path); !why.empty()) problems.push_back({folder + "/" + path, 0, "", std::move(why)});
  }
  if (files.size() > kMostFiles || bytes > kMostBytes)
    problems.push_back({folder, 0, "", "is too large: at most 1,000 files and 8 MiB a template"});
  const auto manifest = files.find(kManifest);
  if (manifest == files.end()) {
    problems.push_back({folder, 0, "", "has no template.toml: every template needs one"});
    return tl::unexpected(std::move(problems));
  }
  auto out = read_template_toml(manifest->second, folder + "/" + std::string(kManifest));
  if (!out) {
    problems.insert(problems.end(), out.error().begin(), out.error().end());
    return tl::unexpected(std::move(problems));
  }
  out->files = std::move(files);
  out->texts = texts_of(out->files, out->default_language);
  if (out->channels(out->default_language).empty()) {
    problems.push_back({folder, 0, "",
                        "has no complete text in its default language \"" + out->default_language + "\": add at least " +
                            out->default_language + "/email.subject.mustache and " + out->default_language + "/email.text.mustache"});
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return out;
}

std::string to_definition_json(const TemplateFiles& files) {
  auto list = Json::object();
  for (const auto& [path, bytes] : files) list[path] = bytes;
  // parse_definition refuses what is not UTF-8; here it must only not throw.
  return Json{{"format", 1}, {"files", std::move(list)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<TemplateFiles> parse_definition_json(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  const auto corrupt = [](const char* why) {
    return fail(ErrorKind::corrupt, "template_corrupt", "The stored template cannot be read.", why);
  };
  if (!json.is_object() || json.value("format", Json{}) != 1) return corrupt("not {\"format\": 1, ...}");
  const auto list = json.find("files");
  if (list == json.end() || !list->is_object()) return corrupt("no files");
  TemplateFiles files;
  for (const auto& [path, bytes] : list->items()) {
    if (!bytes.is_string()) return corrupt("a file is no text");
    files.emplace(path, bytes.get<std::string>());
  }
  return files;
}

TemplateVersion to_version(const TemplateDefinition& definition) {
  TemplateVersion out;
  out.key = definition.key;
  out.title = definition.title;
  out.template_class = definition.template_class;
  out.default_language = definition.default_language;
  out.definition_json = to_definition_json(definition.files);
  out.content_hash = sha256(out.definition_json);
  return out;
}

Result<TemplateDefinition> definition_of(const TemplateVersion& version) {
  auto files = parse_definition_json(version.definition_json);
  if (!files) return fail(std::move(files.error()));
  auto definition = parse_definition(std::move(*files), version.key);
  if (!definition) return fail(to_error(definition.error()));
  return std::move(*definition);
}

Json describe(const TemplateDefinition& definition) {
  std::vector<std::string> channels;
  for (const auto channel : kChannels) {
    if (!definition.choose_language(channel, definition.default_language).empty()) channels.emplace_back(to_string(channel));
  }
  Json out = {{"key", definition.key},
              {"title", definition.title},
              {"class", to_string(definition.template_class)},
              {"default_language", definition.default_language},
              {"languages", definition.languages()},
              {"channels", std::move(channels)},
              {"plan", plan_to_json(definition.plan)},
              {"variables", variables_to_json(definition.variables)},
              {"example", example_data(definition.variables)}};
  if (!definition.choose_language(Channel::sms, definition.default_language).empty())
    out["sms"] = {{"policy", sms::to_string(definition.sms.policy)}, {"max_segments", definition.sms.max_segments}};
  return out;
}

}  // namespace messo
