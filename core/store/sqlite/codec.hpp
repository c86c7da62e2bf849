// Packed records of the content tables: length-prefixed fields behind a version byte. Hand-written because it is on the path of every
// message (DESIGN §11); tests/unit/store checks that everything comes back.
#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/notification.hpp"

namespace messo::sqlite {

std::string pack_recipient(const Recipient& recipient);
std::string pack_attachments(const std::vector<Attachment>& attachments);   // "" when there are none
std::string pack_labels(const std::map<std::string, std::string>& labels);  // "" when there are none
// One line a step, as migration 0006 says: text, so that a migration can write it too. A step's state comes first.
std::string pack_plan(std::span<const NewStep> steps);

// corrupt "bad_record" when the bytes are not what pack_* made.
Result<Recipient> unpack_recipient(std::string_view bytes);
Result<std::vector<Attachment>> unpack_attachments(std::string_view bytes);
Result<std::map<std::string, std::string>> unpack_labels(std::string_view bytes);
Result<std::vector<NewStep>> unpack_plan(std::string_view text);

}  // namespace messo::sqlite
