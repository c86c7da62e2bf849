// links: messo_sms
// Hostile texts of SMS: any bytes are measured, split, packed and read back; the numbers agree and nothing is torn apart.
#include <cstdint>
#include <cstdlib>

#include "sms/text.hpp"

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

void check_split(std::string_view text, messo::sms::Reference reference) {
  using namespace messo::sms;
  const auto measured = measure(text, Policy::unicode, reference);
  const auto parts = split(text, reference);
  must(parts.encoding == measured.encoding && parts.parts.size() == measured.segments);
  std::string back;
  for (const auto& part : parts.parts) {
    const auto units = parts.encoding == Encoding::gsm7 ? part.units.size() : part.units.size() / 2;
    must(units <= (parts.parts.size() == 1 ? single_units(parts.encoding) : part_units(parts.encoding, reference)));
    back += parts.encoding == Encoding::gsm7 ? decode_gsm7(part.units) : decode_ucs2(part.units);
    if (parts.encoding != Encoding::gsm7) continue;
    for (unsigned fill = 0; fill < 7; ++fill) must(unpack_septets(pack_septets(part.units, fill), fill).starts_with(part.units));
  }
  must(back == measured.text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace messo::sms;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto measured = measure(text, Policy::transliterate);
  must(measured.forced_by.empty() == (measured.encoding == Encoding::gsm7));
  const auto again = measure(measured.text, Policy::transliterate);  // what is written stays as it is
  must(again.changed.empty() && again.text == measured.text && again.segments == measured.segments);
  check_split(text, Reference::eight_bits);
  check_split(text, Reference::sixteen_bits);
  for (const auto& any :
       {decode_gsm7(text), decode_ucs2(text), decode_latin1(text), decode_gsm7(unpack_septets(text, static_cast<unsigned>(size % 7)))})
    must(measure(any, Policy::unicode).text == any);  // always well-formed
  return 0;
}
