#include "app/cli/kept_message.hpp"

#include <Poco/Net/MailMessage.h>
#include <Poco/Net/MessageHeader.h>
#include <Poco/Net/PartHandler.h>
#include <Poco/StreamCopier.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/mail_header.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// Keeps the first plain text and the names of attached files.
class PartReader final : public Poco::Net::PartHandler {
 public:
  explicit PartReader(KeptMessage& message) : message_(message) {}
  void handlePart(const Poco::Net::MessageHeader& header, std::istream& stream) override {
    const std::string type = header.get("Content-Type", "text/plain");
    const std::string disposition = header.get("Content-Disposition", "");
    std::string bytes;
    Poco::StreamCopier::copyToString(stream, bytes);
    if (disposition.starts_with("attachment")) {
      std::string value;
      Poco::Net::NameValueCollection parameters;
      Poco::Net::MessageHeader::splitParameters(disposition, value, parameters);
      message_.attachments.push_back(parameters.get("filename", "(unnamed)"));
    } else if (message_.body.empty() && type.starts_with("text/plain")) {
      message_.body = bytes;
    }
  }

 private:
  KeptMessage& message_;
};

Result<KeptMessage> read_mail(KeptMessage out, std::istream& in, bool whole) {
  try {
    if (!whole) {
      Poco::Net::MessageHeader header;
      header.read(in);
      out.date = header.get("Date", "");
      out.from = decoded_field(header, "From");
      out.to = decoded_field(header, "To");
      out.subject = decoded_field(header, "Subject");
      return out;
    }
    PartReader parts(out);
    Poco::Net::MailMessage mail;
    mail.read(in, parts);
    out.date = mail.get("Date", "");
    out.from = decoded_field(mail, "From");
    out.to = decoded_field(mail, "To");
    out.subject = decoded_field(mail, "Subject");
    if (out.body.empty() && !mail.isMultipart()) out.body = mail.getContent();
    return out;
  } catch (const Poco::Exception& error) {
    return fail(ErrorKind::corrupt, "bad_message", "the file " + out.file.string() + " is no mail: " + error.displayText());
  }
}

std::string member(const json& tree, const char* name) {
  return tree.is_object() && tree.contains(name) && tree[name].is_string() ? tree[name].get<std::string>() : std::string();
}

Result<KeptMessage> read_other(KeptMessage out, std::istream& in, bool whole) {
  const json tree = json::parse(in, nullptr, false);
  if (!tree.is_object()) return fail(ErrorKind::corrupt, "bad_message", "the file " + out.file.string() + " is no kept message");
  out.channel = member(tree, "channel");
  out.date = member(tree, "created");
  out.from = member(tree, "from");
  out.to = member(tree, "to");
  const json parts = tree.value("parts", json::object());
  for (const char* name : {"subject", "title"}) {
    if (out.subject.empty()) out.subject = member(parts, name);
  }
  std::string text;
  for (const char* name : {"text", "body", "markdown"}) {
    if (text.empty()) text = member(parts, name);
  }
  if (out.subject.empty()) out.subject = text.substr(0, text.find('\n'));
  if (whole) out.body = std::move(text);
  for (const json& file : tree.value("attachments", json::array())) out.attachments.push_back(member(file, "name"));
  return out;
}

}  // namespace

Result<KeptMessage> read_kept_message(const fs::path& file, bool whole) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return fail(ErrorKind::unavailable, "unreadable", "the file " + file.string() + " cannot be read: run this as the daemon's user");
  KeptMessage out;
  out.file = file;
  out.delivery = file.stem().string();
  out.channel = file.parent_path().filename().string();
  return file.extension() == ".eml" ? read_mail(std::move(out), in, whole) : read_other(std::move(out), in, whole);
}

std::vector<fs::path> kept_files(const std::vector<fs::path>& folders) {
  std::vector<std::pair<fs::file_time_type, fs::path>> found;
  for (const auto& folder : folders) {
    std::error_code problem;
    for (fs::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem)) {
      const auto extension = at->path().extension();
      if (extension == ".eml" || extension == ".json") found.emplace_back(at->last_write_time(problem), at->path());
    }
  }
  std::ranges::sort(found, std::greater<>{});
  std::vector<fs::path> out;
  out.reserve(found.size());
  for (auto& [time, path] : found) out.push_back(std::move(path));
  return out;
}

}  // namespace messo::cli
