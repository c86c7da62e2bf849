// Templates on disk: DIR/KEY/template.toml, DIR/KEY/LANGUAGE/CHANNEL.PART.mustache, and DIR/_partials/[LANGUAGE/]NAME.mustache, shared.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "template/definition.hpp"

namespace messo {

// Reads the template's folder and, from `_partials` beside it, the partials it includes, directly or not, in every language they are there
// in. Hidden files are skipped; symbolic links to outside are followed (they are the administrator's). Blocks on the disk.
tl::expected<TemplateDefinition, Problems> load_template(const std::filesystem::path& folder);
// The folders below `directory` that hold a template.toml, by name.
std::vector<std::filesystem::path> find_templates(const std::filesystem::path& directory);

// Writes the files back, byte for byte, to DIRECTORY/KEY and DIRECTORY/_partials. Errors: conflict "template_file_differs", unless
// `overwrite`, when a file is there with other content (nothing is written then); unavailable.
Status export_template(const TemplateDefinition& definition, const std::filesystem::path& directory, bool overwrite = false);

// Whole file; fails when it cannot be read or is larger than `most` bytes.
Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t most);

}  // namespace messo
