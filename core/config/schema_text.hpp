// A table of keys as text for people: the commented example file and the rows of the documentation. Pure.
#pragma once
#include <span>
#include <string>

#include "config/schema.hpp"

namespace messo {

// Every key with its default, under its description as comment: the body of config/messo.toml.
std::string to_commented_toml(std::span<const Key> keys);
// Markdown: a heading and a table per section. With `reload` a column tells whether a change needs a restart.
std::string to_markdown(std::span<const Key> keys, bool reload);

}  // namespace messo
