// Eight bytes of text looked at at once: most text is plain ASCII, so long ones are gone through in such steps (Hacker's Delight §6-1).
#pragma once
#include <cstdint>
#include <cstring>

namespace messo {

// Its questions answer with marks, so that several cost one comparison: `(eight.unprintable() | eight.equal_to('=')) == 0`.
class EightBytes {
 public:
  static constexpr std::size_t size = 8;
  explicit EightBytes(const char* at) { std::memcpy(&word_, at, sizeof word_); }

  // Not zero when a byte is no ASCII.
  std::uint64_t beyond_ascii() const { return word_ & kTops; }
  // Not zero when a byte is no ASCII, or none that prints (0x20 to 0x7E).
  std::uint64_t unprintable() const { return ((word_ - kOnes * ' ') & kTops) | beyond_ascii() | equal_to(0x7f); }
  // Not zero when a byte is this ASCII character; perhaps also when one is no ASCII.
  std::uint64_t equal_to(char c) const { return ((word_ ^ kOnes * static_cast<unsigned char>(c)) - kOnes) & kTops; }
  // How many are no ASCII.
  std::size_t count_beyond_ascii() const { return (word_ >> 7 & kOnes) * kOnes >> 56; }

 private:
  static constexpr std::uint64_t kOnes = 0x0101010101010101U, kTops = 0x8080808080808080U;
  std::uint64_t word_ = 0;
};
static_assert(sizeof(EightBytes) == EightBytes::size);

}  // namespace messo
