// A template version ready to render: every part and partial compiled once, shared by all threads.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "template/definition.hpp"
#include "template/mustache.hpp"

namespace messo {

struct RenderedPart {
  std::string name;          // "subject", "text", ...
  std::string content_type;  // "text/html; charset=utf-8"
  std::string body;          // UTF-8
};

struct RenderedMessage {
  Channel channel = Channel::email;
  std::string language;             // the one really used
  std::vector<RenderedPart> parts;  // in the order of part_specs()
  // Of an SMS: how its text goes out. The text is the part's body, as it is sent; that of `sms` is empty.
  std::optional<sms::Measured> sms;

  // Null: the message has no such part.
  const RenderedPart* part(std::string_view name) const;
};
// Over name and bytes of every part.
Sha256 content_hash(const RenderedMessage& message);

// Immutable, thread-safe.
class CompiledVersion {
 public:
  // Errors: invalid "template_syntax" with file, line and column.
  static Result<std::shared_ptr<const CompiledVersion>> compile(TemplateDefinition definition);

  const TemplateDefinition& definition() const { return definition_; }
  // Null: the file is not there.
  const CompiledTemplate* file(std::string_view path) const;
  // The partial as it is found where `language` is in use: for that language, for its primary one, for all. Null: none.
  std::shared_ptr<const CompiledTemplate> partial(std::string_view name, std::string_view language) const;

  // The message for one channel in the language that TemplateDefinition::choose_language gives. `data` is not validated again, but a value
  // that does not fit its type is an error. An SMS is written as the template's rules say (TemplateDefinition::sms). The same version,
  // language and data always give the same bytes. CPU only; takes microseconds. Errors: not_found "template_channel"; too_large
  // "template_part"; invalid "sms_not_gsm", too_large "sms_too_long"; those of render().
  Result<RenderedMessage> render(Channel channel, std::string_view requested_language, const nlohmann::json& data) const;

 private:
  // A part's text, found by language and specification.
  struct Text {
    std::string language;
    const PartSpec* spec;
    const CompiledTemplate* compiled;
  };
  void add_partial(std::string_view path, const std::shared_ptr<const CompiledTemplate>& compiled);
  Result<RenderedPart> render_part(const PartSpec& part, const CompiledTemplate& compiled, std::string_view language,
                                   const nlohmann::json& data) const;
  TemplateDefinition definition_;
  std::map<std::string, std::shared_ptr<const CompiledTemplate>, std::less<>> files_;
  std::vector<Text> texts_;  // each language's in the order of part_specs()
  // By name: each language it is there in ("" for all) and its text.
  std::map<std::string, std::vector<std::pair<std::string, std::shared_ptr<const CompiledTemplate>>>, std::less<>> partials_;
};

// As CompiledVersion::render, from the data's stored text; corrupt "data_corrupt" when it is no JSON.
Result<RenderedMessage> render_message(const CompiledVersion& version, Channel channel, std::string_view requested_language,
                                       std::string_view data_json);

}  // namespace messo
