#include "mailbox/imap_guard.hpp"

#include <algorithm>

namespace messo::mailbox {

bool ImapGuard::pass(std::string_view bytes) {
  while (!bytes.empty()) {
    if (literal_left_ > 0) {
      const auto skipped = std::min<std::uint64_t>(literal_left_, bytes.size());
      literal_left_ -= skipped;
      bytes.remove_prefix(static_cast<std::size_t>(skipped));
      continue;
    }
    if (!pass_text(bytes.front())) return false;
    bytes.remove_prefix(1);
  }
  return true;
}

bool ImapGuard::pass_text(char c) {
  const bool digit = c >= '0' && c <= '9';
  if (c == '\n') {
    const bool literal = brace_ == Brace::closed && data_;
    brace_ = Brace::none;
    if (literal) {
      literal_left_ = length_;
      return length_ <= most_literal_;
    }
    line_ = 0, depth_ = 0, data_ = false;
    return true;
  }
  if (line_ == 2 && digit) data_ = true;
  if (line_ == 0 && c != '*') data_ = false;
  if (++line_ > kMostLine) return false;
  if (c == '(' && ++depth_ > kMostDepth) return false;
  if (c == ')' && depth_ > 0) --depth_;
  if (c == '{') {
    brace_ = Brace::open, length_ = 0;
  } else if (brace_ == Brace::open && digit) {
    if (length_ <= most_literal_) length_ = length_ * 10 + static_cast<std::uint64_t>(c - '0');
  } else if (brace_ == Brace::open && c == '}') {
    brace_ = Brace::closed;
  } else if (c != '\r') {
    brace_ = Brace::none;
  }
  return true;
}

}  // namespace messo::mailbox
