// The parts a message of each channel is made of, and the rules of each. A table; pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "model/words.hpp"
#include "template/escape.hpp"

namespace messo {

enum class Shape : std::uint8_t {
  as_written,   // the text as the template gives it
  trimmed,      // white space at both ends is cut (a file ends with a line feed, an SMS should not)
  single_line,  // one line, no control characters: subjects, titles
};

struct PartSpec {
  Channel channel;
  std::string_view name;          // "subject", "text", "html", "title", "body", "markdown"
  std::string_view content_type;  // of the rendered text, always UTF-8
  Escape escape;
  Shape shape;
  bool required;                               // without it the channel cannot be used in that language
  std::size_t max_bytes;                       // of the rendered part
  std::size_t min_characters, max_characters;  // what the channel takes; 0: no such bound
};

std::span<const PartSpec> part_specs();
// Null: the channel has no such part.
const PartSpec* find_part(Channel channel, std::string_view name);
// "email.subject" -> its spec; null when there is none.
const PartSpec* find_part(std::string_view dotted);
// "email.subject, email.text, ...": for messages.
std::string part_names();

}  // namespace messo
