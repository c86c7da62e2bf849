#include "mailbox/imap_folder.hpp"

#include <iconv.h>

namespace messo::mailbox {

std::optional<std::string> to_imap_folder(const std::string& utf8) {
  const iconv_t converter = ::iconv_open("UTF-7-IMAP", "UTF-8");
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  std::string out(utf8.size() * 5 + 16, '\0');
  std::string from = utf8;
  char* in = from.data();
  char* to = out.data();
  std::size_t in_left = from.size(), out_left = out.size();
  const bool done = ::iconv(converter, &in, &in_left, &to, &out_left) != static_cast<std::size_t>(-1) &&
                    ::iconv(converter, nullptr, nullptr, &to, &out_left) != static_cast<std::size_t>(-1);
  ::iconv_close(converter);
  if (!done) return std::nullopt;
  out.resize(out.size() - out_left);
  return out;
}

}  // namespace messo::mailbox
