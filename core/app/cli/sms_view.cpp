#include "app/cli/sms_view.hpp"

#include <fmt/format.h>

#include "app/cli/session.hpp"
#include "app/cli/text_layout.hpp"

namespace messo::cli {
namespace {

// A character on a terminal: one that would not show is named.
std::string shown_character(const std::string& character) {
  if (character.empty()) return "nothing";
  if (display_width(character) > 0 && plain(character) == character && character != " " && character != "\u00A0") return character;
  std::string bytes;
  for (const char byte : character) bytes += fmt::format("{:02X}", static_cast<unsigned char>(byte));
  return character == " " ? "blank" : character == "\n" ? "line break" : character == "\t" ? "tab" : "UTF-8 " + bytes;
}

}  // namespace

std::string sms_lines(const nlohmann::json& size) {
  const bool gsm7 = text(size, "encoding") == "gsm7";
  auto out = fmt::format("Encoding:   {}\nSegments:   {}\nUnits:      {} ({} in one message, {} in each of several)\n",
                         text(size, "encoding"), number(size, "segments"), number(size, "units"), gsm7 ? 160 : 70, gsm7 ? 153 : 67);
  std::string forced, changed;
  for (const auto& character : list(size, "forced_by"))
    forced += (forced.empty() ? "" : " ") + shown_character(character.get<std::string>());
  for (const auto& change : list(size, "changed")) {
    changed +=
        fmt::format("{}{} -> {}", changed.empty() ? "" : ", ", shown_character(text(change, "from")), shown_character(text(change, "to")));
    if (number(change, "count") > 1) changed += fmt::format(" ({} times)", number(change, "count"));
  }
  if (!forced.empty()) out += "Forced by:  " + forced + '\n';
  if (!changed.empty()) out += "Changed:    " + changed + '\n';
  return out;
}

}  // namespace messo::cli
