#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/text_layout.hpp"
#include "app/evidence_reader.hpp"
#include "evidence/verify.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr Millis kDownload{600'000};
constexpr std::uint64_t kLargestFolder = 1ULL << 30;

struct EvidenceOptions {
  std::string id, service, output, file, key, roots;
  bool subcommand = false;
};

// A file's bytes without a copy of them.
class MappedFile {
 public:
  explicit MappedFile(const fs::path& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat info {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &info) != 0 || !S_ISREG(info.st_mode)) return;
    size_ = static_cast<std::size_t>(info.st_size);
    if (size_ > 0) bytes_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor_, 0);
    good_ = bytes_ != MAP_FAILED;
  }
  ~MappedFile() {
    if (good_ && size_ > 0) ::munmap(bytes_, size_);
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  bool good() const { return good_; }
  std::string_view bytes() const { return size_ > 0 ? std::string_view(static_cast<const char*>(bytes_), size_) : std::string_view(); }

 private:
  int descriptor_;
  std::size_t size_ = 0;
  void* bytes_ = nullptr;
  bool good_ = false;
};

tl::unexpected<Error> unreadable_file(const std::string& path) {
  return fail(ErrorKind::invalid, "file", "the file " + path + " cannot be read: check that it exists and that you may read it");
}

Status download(Session& session, const EvidenceOptions& o) {
  if (o.subcommand) return {};
  if (o.id.empty())
    return fail(ErrorKind::invalid, "usage", "give the id of a notification, or a command: `messo evidence --help` lists them");
  const std::string file = o.output.empty() ? "attestazione-" + o.id + ".zip" : o.output;
  const std::string unfinished = file + ".part";
  std::ofstream out(unfinished, std::ios::binary | std::ios::trunc);
  if (!out) return fail(ErrorKind::unavailable, "cannot_write", "cannot write " + unfinished + ": check the folder and its rights");
  auto answer = session.api().call({.path = "/v1/notifications/" + percent_encode(o.id) + "/evidence",
                                    .query = {{"service", o.service}},
                                    .timeout = kDownload,
                                    .into = &out});
  const auto size = static_cast<std::uint64_t>(std::max<std::streamoff>(out.tellp(), 0));
  out.close();
  std::error_code problem;
  if (answer && out) fs::rename(unfinished, file, problem);
  if (!answer || !out || problem) {
    std::error_code ignored;
    fs::remove(unfinished, ignored);
    if (!answer) return fail(std::move(answer.error()));
    return fail(ErrorKind::unavailable, "cannot_write", "cannot write " + file + ": check the folder, its rights and the disk");
  }
  if (session.printed_json({{"file", file}, {"size", size}})) return {};
  session.out << short_size(size) << " written to " << file << "\nCheck it: messo evidence verify " << file << '\n';
  return {};
}

Status print_key(Session& session, const EvidenceOptions&) {
  auto answer = session.api().call({.path = "/v1/evidence/key"});
  if (!answer) return fail(std::move(answer.error()));
  if (!session.printed_json(answer->body)) session.out << text(answer->body, "pem");
  return {};
}

// The key itself, or a file that holds it.
Result<std::optional<std::string>> given_key(const std::string& given) {
  if (given.empty()) return std::optional<std::string>{};
  if (auto key = parse_public_key(given)) return key;
  const MappedFile file(given);
  if (!file.good()) return fail(ErrorKind::invalid, "key", "--key is neither a public key nor a file that can be read");
  auto key = parse_public_key(file.bytes());
  if (!key) return fail(ErrorKind::invalid, "key", "the file " + given + " holds no public key: `messo evidence key` prints one");
  return key;
}

// An archive that somebody has unpacked.
Result<VerifyReport> verify_folder(const fs::path& folder, const VerifyOptions& options) {
  std::vector<std::unique_ptr<MappedFile>> open;
  std::vector<ArchivedFile> files;
  std::uint64_t total = 0;
  std::error_code problem;
  for (fs::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem)) {
    auto file = std::make_unique<MappedFile>(at->path());
    if (!file->good()) return unreadable_file(at->path().string());
    total += file->bytes().size();
    if (files.size() == kMostArchiveFiles || total > kLargestFolder)
      return fail(ErrorKind::too_large, "folder", "the folder " + folder.string() + " holds too much to be one piece of evidence");
    files.push_back({at->path().filename().string(), file->bytes(), true});
    open.push_back(std::move(file));
  }
  if (problem) return unreadable_file(folder.string());
  return verify_evidence(files, options);
}

Result<VerifyReport> verify_path(const std::string& path, const VerifyOptions& options) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return verify_folder(path, options);
  const MappedFile file(path);
  if (!file.good()) return unreadable_file(path);
  return verify_evidence_archive(file.bytes(), options);
}

json report_json(const VerifyReport& report) {
  json out = {{"holds", report.holds},
              {"notification", report.notification},
              {"organisation", report.organisation},
              {"status", report.status},
              {"made_at", report.made_at},
              {"public_key", report.public_key},
              {"checks", json::array()},
              {"notes", report.notes}};
  for (const EvidenceCheck& check : report.checks)
    out["checks"].push_back(
        {{"check", to_string(check.kind)}, {"holds", check.holds}, {"subject", check.subject}, {"text", check.sentence}});
  return out;
}

void print_report(std::ostream& out, const VerifyReport& report) {
  if (!report.notification.empty()) {
    out << "Evidence of notification " << plain(report.notification) << ", " << plain(report.organisation) << ": " << plain(report.status)
        << "\nMade " << plain(report.made_at) << ", signed with key " << plain(report.public_key) << "\n\n";
  }
  std::size_t failed = 0;
  for (const EvidenceCheck& check : report.checks) {
    failed += check.holds ? 0 : 1;
    out << (check.holds ? "  holds  " : "  FAILS  ") << plain(check.subject) << (check.subject.empty() ? "" : ": ") << plain(check.sentence)
        << '\n';
  }
  for (const std::string& note : report.notes) out << "  note   " << plain(note) << '\n';
  out << '\n';
  if (report.holds) {
    out << "Everything that was checked holds.\n";
  } else {
    out << "NOT everything holds: " << failed << " of " << report.checks.size() << " checks failed.\n";
  }
}

Status verify(Session& session, const EvidenceOptions& o) {
  VerifyOptions options;
  auto key = given_key(o.key);
  if (!key) return fail(std::move(key.error()));
  options.public_key = std::move(*key);
  if (!o.roots.empty() && !MappedFile(o.roots).good()) return unreadable_file(o.roots);
  options.reader = make_material_reader(o.roots);
  const auto report = verify_path(o.file, options);
  if (!report) return fail(Error(report.error()));
  if (!report->holds) session.exit_code = kFailure;
  if (!session.printed_json(report_json(*report))) print_report(session.out, *report);
  return {};
}

}  // namespace

void add_evidence(CLI::App& app, Session& session) {
  auto o = std::make_shared<EvidenceOptions>();
  auto* evidence = add_command(app, "evidence", "The proof of what was sent and what came back, as a ZIP file", session, o, &download);
  evidence->add_option("ID", o->id, "Id of a notification");
  evidence->add_option("-o,--output", o->output, "The file to write; attestazione-ID.zip when not given");
  evidence->add_option("--service", o->service, "The service it belongs to, as organisation/service");
  auto* check = evidence->add_subcommand("verify", "Whether evidence holds; needs no daemon");
  check->add_option("FILE", o->file, "The ZIP file, or the folder it was unpacked into")->required();
  check->add_option("--key", o->key, "The organisation's public key, or a file with it; not the one inside the ZIP file");
  check->add_option("--roots", o->roots, "PEM file of the authorities that receipts are verified against; AgID's when not given");
  auto* key = evidence->add_subcommand("key", "The public key that signs this hub's evidence");
  const auto body = [&session, o](CLI::App* command, Status (*run)(Session&, const EvidenceOptions&)) {
    command->callback([&session, o, run] {
      o->subcommand = true;
      session.run([&] { return run(session, *o); });
    });
  };
  body(check, &verify);
  body(key, &print_key);
}

}  // namespace messo::cli
