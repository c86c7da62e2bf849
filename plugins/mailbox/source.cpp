#include "mailbox/source.hpp"

#include <exception>

namespace messo::mailbox {

bool SourceParts::wanted(std::string_view header) const {
  if (!headers.is_wanted) return true;
  try {
    return headers.is_wanted(header);
  } catch (const std::exception&) {
    return true;
  }
}

Item SourceParts::read(std::string id, std::string eml) const {
  try {
    Reading reading = reader(eml);
    if (reading.problem.empty() && reading.code.empty()) return {std::move(id), {}, std::move(reading.receipts), {}, {}};
    if (reading.code.empty()) reading.code = "mailbox.unreadable";
    if (reading.problem.empty()) reading.problem = "The message cannot be read.";
    return {std::move(id), std::move(eml), {}, std::move(reading.code), std::move(reading.problem)};
  } catch (const std::exception&) {
    return failed_item(std::move(id), "mailbox.unreadable", "The message cannot be read.", std::move(eml));
  }
}

Item SourceParts::too_large_item(std::string id, std::string header) const {
  return failed_item(std::move(id), "mailbox.too_large",
                     "The message is larger than max_message_bytes of the mailbox; its headers are kept.", std::move(header));
}

Item failed_item(std::string id, const char* code, const char* problem, std::string raw) {
  return {std::move(id), std::move(raw), {}, code, problem};
}

}  // namespace messo::mailbox
