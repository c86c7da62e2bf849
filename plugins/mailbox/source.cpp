#include "mailbox/source.hpp"

#include <exception>

namespace messo::mailbox {
namespace {

constexpr Failing kUnreadable{"mailbox.unreadable", "The message cannot be read."};
constexpr Failing kTooLarge{"mailbox.too_large", "The message is larger than max_message_bytes of the mailbox; its headers are kept."};

}  // namespace

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
    if (reading.code.empty()) reading.code = kUnreadable.code;
    if (reading.problem.empty()) reading.problem = kUnreadable.problem;
    return {std::move(id), std::move(eml), {}, std::move(reading.code), std::move(reading.problem)};
  } catch (const std::exception&) {
    return failed_item(std::move(id), kUnreadable, std::move(eml));
  }
}

Item SourceParts::too_large_item(std::string id, std::string header) const {
  return failed_item(std::move(id), kTooLarge, std::move(header));
}

Item failed_item(std::string id, const Failing& why, std::string raw) { return {std::move(id), std::move(raw), {}, why.code, why.problem}; }

}  // namespace messo::mailbox
