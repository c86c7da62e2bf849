#include "pec/pec_presets.hpp"

#include <algorithm>
#include <array>

namespace messo::pec {
namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;

// The last one: what the law guarantees of any provider is 30 MB for size times recipients (DM 2 November 2005, annex, 6.3).
constexpr std::array kPresets{
    Preset{"aruba", "smtps.pec.aruba.it", 465, "imaps.pec.aruba.it", "pop3s.pec.aruba.it", 100 * kMegabyte, ""},
    Preset{"legalmail", "sendm.cert.legalmail.it", 465, "mbox.cert.legalmail.it", "", 100 * kMegabyte, "^5.*Class Of Service"},
    Preset{"namirial", "smtps.sicurezzapostale.it", 465, "imaps.sicurezzapostale.it", "", 100 * kMegabyte, ""},
    Preset{"poste", "relay.poste.it", 465, "mail.postecert.it", "", 50 * kMegabyte, ""},
    Preset{"register", "smtp.pec.register.it", 465, "imap.pec.register.it", "", 30 * kMegabyte, ""},
    Preset{"", "", 0, "", "", 30 * kMegabyte, ""},
};

}  // namespace

const Preset& preset(std::string_view name) {
  const auto found = std::ranges::find(kPresets, name, &Preset::name);
  return found == kPresets.end() ? kPresets.back() : *found;
}

}  // namespace messo::pec
