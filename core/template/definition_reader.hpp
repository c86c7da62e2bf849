// template.toml. Its keys are those of docs/templates.md; an unknown one is a problem with file, line and nearest known key. Pure.
#pragma once
#include <string>
#include <string_view>

#include "template/definition.hpp"

namespace messo {

// Fills everything but `files`.
tl::expected<TemplateDefinition, Problems> read_template_toml(std::string_view text, const std::string& file);

}  // namespace messo
