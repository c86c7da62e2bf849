// Names of folders as IMAP writes them.
#pragma once
#include <optional>
#include <string>

namespace messo::mailbox {

// In the form of RFC 3501 §5.1.3; nullopt when it is not UTF-8. Pure.
std::optional<std::string> to_imap_folder(const std::string& utf8);

}  // namespace messo::mailbox
