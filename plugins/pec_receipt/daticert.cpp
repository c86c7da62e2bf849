#include "pec_receipt/daticert.hpp"

#include <expat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/freed_by.hpp"
#include "mail_report/mime_reading.hpp"

namespace messo::pec {
namespace {

using mail_report::bare_message_id;
using mail_report::clean_text;

constexpr std::size_t kMaxDaticertLevels = 16;
constexpr std::size_t kMaxDaticertElements = 20'000;
constexpr std::size_t kMaxDaticertRecipients = 5'000;
constexpr std::size_t kMaxDaticertText = 4096;

using Xml = std::unique_ptr<XML_ParserStruct, FreedBy<XML_ParserFree>>;

struct TextElement {
  std::string_view path;
  std::string Daticert::*text;
};
constexpr TextElement kTextElements[] = {
    {"/postacert/intestazione/mittente", &Daticert::mittente},
    {"/postacert/dati/gestore-emittente", &Daticert::gestore_emittente},
    {"/postacert/dati/data/giorno", &Daticert::giorno},
    {"/postacert/dati/data/ora", &Daticert::ora},
    {"/postacert/dati/identificativo", &Daticert::identificativo},
    {"/postacert/dati/msgid", &Daticert::msgid},
    {"/postacert/dati/consegna", &Daticert::consegna},
    {"/postacert/dati/errore-esteso", &Daticert::errore_esteso},
};
constexpr std::string_view kRecipientElement = "/postacert/intestazione/destinatari";

// What expat tells, gathered. A problem stops the parser.
class DaticertReader {
 public:
  explicit DaticertReader(XML_Parser parser) : parser_(parser) {}

  void start(std::string_view name, const XML_Char** attributes) {
    // First what end() undoes: it is called after a stop, too.
    ++levels_;
    path_lengths_.push_back(path_.size());
    path_.append("/").append(name.substr(0, 64));
    into_ = nullptr;
    if (++elements_ > kMaxDaticertElements) return stop("it has too many elements");
    if (levels_ > kMaxDaticertLevels) return stop("its elements stand too deep in each other");
    if (levels_ == 1) return root(name, attributes);
    if (path_ == "/postacert/dati/data") return once(zona_seen_, out.zona, attribute(attributes, "zona"));
    if (path_ == "/postacert/dati/ricevuta") return once(ricevuta_seen_, out.ricevuta, attribute(attributes, "tipo"));
    if (path_ == kRecipientElement) {
      if (out.destinatari.size() >= kMaxDaticertRecipients) return stop("it has too many recipients");
      out.destinatari.push_back({"", attribute(attributes, "tipo") == "esterno"});
      into_ = &out.destinatari.back().address;
      return;
    }
    for (std::size_t i = 0; i < std::size(kTextElements); ++i) {
      if (path_ != kTextElements[i].path) continue;
      if (std::exchange(text_seen_[i], true)) return stop("it has " + std::string(name) + " twice");
      into_ = &(out.*kTextElements[i].text);
    }
  }

  void text(std::string_view more) {
    // Text of an unknown element inside a known one is not the known one's.
    if (!into_) return;
    if (into_->size() + more.size() > kMaxDaticertText) return stop("one of its texts is too long");
    into_->append(more);
  }

  void end() {
    path_.resize(path_lengths_.back());
    path_lengths_.pop_back();
    into_ = nullptr;
    if (--levels_ == 0) {
      complete = true;
      XML_StopParser(parser_, XML_FALSE);  // what follows is none of the document's
    }
  }

  void stop(std::string why) {
    if (problem.empty()) problem = std::move(why);
    XML_StopParser(parser_, XML_FALSE);
  }

  Daticert out;
  std::string problem;
  bool complete = false;

 private:
  static std::string attribute(const XML_Char** attributes, std::string_view name) {
    for (; *attributes; attributes += 2) {
      if (name == attributes[0]) return clean_text(attributes[1]);
    }
    return {};
  }

  void root(std::string_view name, const XML_Char** attributes) {
    if (name != "postacert") return stop("its root is not postacert");
    out.tipo = attribute(attributes, "tipo");
    if (out.tipo.empty()) return stop("it has no tipo");
    if (auto errore = attribute(attributes, "errore"); !errore.empty()) out.errore = std::move(errore);
  }

  void once(bool& seen, std::string& into, std::string value) {
    if (std::exchange(seen, true)) return stop("it has an element twice that may be there once");
    into = std::move(value);
  }

  XML_Parser parser_;
  std::string path_;
  std::vector<std::size_t> path_lengths_;
  std::string* into_ = nullptr;
  std::size_t levels_ = 0, elements_ = 0;
  bool zona_seen_ = false, ricevuta_seen_ = false;
  bool text_seen_[std::size(kTextElements)] = {};
};

// Every charset nobody knows is one of ISO-8859 or windows-125x, as far as ASCII goes: what decides about a message is ASCII.
int XMLCALL any_single_byte_charset(void*, const XML_Char*, XML_Encoding* info) {
  for (int i = 0; i < 256; ++i) info->map[i] = i;
  info->data = nullptr;
  info->convert = nullptr;
  info->release = nullptr;
  return XML_STATUS_OK;
}

struct DaticertAttempt {
  Daticert value;
  std::string problem;         // empty: read
  bool wrong_charset = false;  // another one may do
};

DaticertAttempt parse_daticert(std::string_view xml, const char* charset) {
  const Xml parser(XML_ParserCreate(charset));
  if (!parser) throw std::bad_alloc();
  DaticertReader reader(parser.get());
  XML_SetUserData(parser.get(), &reader);
  XML_SetElementHandler(
      parser.get(),
      [](void* r, const XML_Char* name, const XML_Char** attributes) { static_cast<DaticertReader*>(r)->start(name, attributes); },
      [](void* r, const XML_Char*) { static_cast<DaticertReader*>(r)->end(); });
  XML_SetCharacterDataHandler(parser.get(), [](void* r, const XML_Char* text, int size) {
    static_cast<DaticertReader*>(r)->text({text, static_cast<std::size_t>(size)});
  });
  XML_SetStartDoctypeDeclHandler(parser.get(), [](void* r, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    static_cast<DaticertReader*>(r)->stop("it has a DOCTYPE, which no provider writes");
  });
  XML_SetUnknownEncodingHandler(parser.get(), any_single_byte_charset, nullptr);
  const auto status = XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE);
  DaticertAttempt out{std::move(reader.out), std::move(reader.problem)};
  if (reader.complete || !out.problem.empty()) return out;
  const auto error = XML_GetErrorCode(parser.get());
  out.problem = status == XML_STATUS_OK ? "it ends too early" : "it is no XML (" + std::string(XML_ErrorString(error)) + ")";
  out.wrong_charset = error == XML_ERROR_INVALID_TOKEN || error == XML_ERROR_PARTIAL_CHAR || error == XML_ERROR_INCORRECT_ENCODING ||
                      error == XML_ERROR_UNKNOWN_ENCODING;
  return out;
}

void tidy(Daticert& d) {
  for (const auto& element : kTextElements) d.*element.text = clean_text(std::string_view(d.*element.text));
  for (auto& recipient : d.destinatari) recipient.address = clean_text(std::string_view(recipient.address));
  d.msgid = bare_message_id(d.msgid);
  d.identificativo = bare_message_id(d.identificativo);
}

// The digits of `text` at the given places; nullopt when one is none or a separator is another.
std::optional<std::array<int, 3>> three_numbers(std::string_view text, std::string_view pattern) {
  std::array<int, 3> out{};
  std::size_t which = 0;
  if (text.size() != pattern.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (pattern[i] != '0') {
      if (text[i] != pattern[i]) return std::nullopt;
      ++which;
    } else if (text[i] < '0' || text[i] > '9') {
      return std::nullopt;
    } else {
      out[which] = out[which] * 10 + (text[i] - '0');
    }
  }
  return out;
}

// "+0100" or "+01:00" as minutes east of UTC.
std::optional<int> zone_minutes(std::string_view zone) {
  if (zone == "Z" || zone == "UTC" || zone == "GMT") return 0;
  if (zone.empty() || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
  std::string digits(zone.substr(1));
  if (digits.size() == 5 && digits[2] == ':') digits.erase(2, 1);
  if (digits.size() != 4 || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  const int hours = (digits[0] - '0') * 10 + (digits[1] - '0');
  const int minutes = (digits[2] - '0') * 10 + (digits[3] - '0');
  if (hours > 14 || minutes > 59) return std::nullopt;
  return (zone[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

std::int64_t Daticert::at_ms() const {
  using namespace std::chrono;
  const auto date = three_numbers(giorno, "00/00/0000");
  const auto time = three_numbers(ora, "00:00:00");
  const auto zone = zone_minutes(zona);
  if (!date || !time || !zone) return 0;
  const year_month_day when{year{(*date)[2]}, month{static_cast<unsigned>((*date)[1])}, day{static_cast<unsigned>((*date)[0])}};
  if (!when.ok() || (*date)[2] < 1990 || (*time)[0] > 23 || (*time)[1] > 59 || (*time)[2] > 60) return 0;
  const auto local = sys_days{when} + hours{(*time)[0]} + minutes{(*time)[1]} + seconds{(*time)[2]};
  return duration_cast<milliseconds>((local - minutes{*zone}).time_since_epoch()).count();
}

std::string Daticert::at_original() const {
  std::string out;
  for (const auto* part : {&giorno, &ora, &zona}) {
    if (!part->empty()) out.append(out.empty() ? "" : " ").append(*part);
  }
  return out;
}

Result<Daticert> read_daticert(std::string_view xml) {
  const auto refused = [](const std::string& why) {
    return fail(ErrorKind::corrupt, "daticert_invalid", "daticert.xml cannot be read: " + why);
  };
  if (xml.size() > kMaxDaticert) return refused("it is larger than 2 MiB");
  if (const auto first = xml.find_first_not_of(" \t\r\n"); first != std::string_view::npos) xml.remove_prefix(first);
  auto attempt = parse_daticert(xml, nullptr);
  if (attempt.wrong_charset) attempt = parse_daticert(xml, "ISO-8859-1");
  if (!attempt.problem.empty()) return refused(attempt.problem);
  tidy(attempt.value);
  return std::move(attempt.value);
}

}  // namespace messo::pec
