// Attachments that certified mail providers refuse: programs, by name and by content, and names of programs inside ZIP archives. A message
// with one of them would come back as "non accettazione", so it is refused before it leaves. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace messo::pec {

// Extensions without dot, lower case.
using RefusedExtensions = std::vector<std::string>;

// What a file's name or content shows it to be ("exe", "a Windows program", "exe inside an archive"), in words for people and without its
// name; nullopt when nothing speaks against it. Looks at no more than the first 10,000 names of an archive; one that cannot be read passes:
// the provider has the last word.
std::optional<std::string> reason_to_refuse(std::string_view name, std::string_view bytes, const RefusedExtensions& extensions);

// The extension of a file name as a system would see it: lower case, without dot; blanks and dots at the end do not hide it.
std::string extension_of(std::string_view name);

}  // namespace messo::pec
