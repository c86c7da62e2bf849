#include "app/evidence_reader.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/MessageHeader.h>

#include <sstream>

#include "app/mail_header.hpp"
#include "app/pec_receipt_reader.hpp"
#include "template/escape.hpp"

namespace messo {
namespace {

std::string without_brackets(std::string id) {
  if (id.starts_with('<') && id.ends_with('>')) return id.substr(1, id.size() - 2);
  return id;
}

std::optional<SentHead> read_head(std::string_view begin) {
  try {
    std::istringstream in{std::string(begin)};
    Poco::Net::MessageHeader header;
    header.read(in);
    const auto field = [&](const char* name) { return to_single_line(decoded_field(header, name)); };
    return SentHead{field("From"), field("To"), field("Subject"), field("Date"), without_brackets(field("Message-ID"))};
  } catch (const Poco::Exception&) {  // no mail, or too strange a head: the original is handed out all the same
    return {};
  }
}

}  // namespace

MaterialReader make_material_reader(const std::filesystem::path& roots) {
  MaterialReader out;
  out.receipt = make_pec_receipt_reader(roots);
  out.sent = &read_head;
  return out;
}

}  // namespace messo
