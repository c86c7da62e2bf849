// Stands before libetpan's parser, which recurses as deep as brackets go and believes any length: lets through what a mail server may
// reasonably answer. Pure.
#pragma once
#include <cstdint>
#include <string_view>

namespace messo::mailbox {

class ImapGuard {
 public:
  // Literals (RFC 9051 §4.3) may hold so many bytes from now on.
  void allow_literals(std::uint64_t bytes) { most_literal_ = bytes; }
  // False: brackets nested too deep, a line too long, or a literal too large. `bytes` continue what came before.
  bool pass(std::string_view bytes);

  static constexpr std::size_t kMostLine = 4U << 20;  // a SEARCH answers in one line
  static constexpr int kMostDepth = 64;

 private:
  bool pass_text(char c);

  std::uint64_t most_literal_ = 1U << 20;
  std::uint64_t literal_left_ = 0;  // bytes of the literal under way
  std::uint64_t length_ = 0;        // the number in braces
  enum class Brace : std::uint8_t { none, open, closed } brace_ = Brace::none;
  std::size_t line_ = 0;  // bytes of the response so far, literals left out
  bool data_ = false;     // the response begins with "* " and a digit: only such ones carry literals
  int depth_ = 0;
};

}  // namespace messo::mailbox
