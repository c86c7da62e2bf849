#include "evidence/verify.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "evidence/merkle.hpp"
#include "model/names.hpp"

namespace messo {
namespace {

constexpr names::Row<CheckKind> kChecks[] = {
    {CheckKind::container, "container"}, {CheckKind::index, "index"}, {CheckKind::key, "key"},
    {CheckKind::file, "file"},           {CheckKind::chain, "chain"}, {CheckKind::receipt, "receipt"}};
constexpr std::size_t kLargestIndex = 16U << 20;
constexpr int kDeepestIndex = 16;
constexpr std::size_t kLongestPath = 64;

// Members of an index that may be anybody's. A missing or wrong one is "", 0 or nothing: the checks then fail by themselves.
std::string text_in(const EvidenceJson& object, std::string_view name) {
  if (!object.is_object()) return {};
  const auto at = object.find(name);
  if (at == object.end()) return {};
  if (at->is_string()) return at->get<std::string>();
  return at->is_number_unsigned() ? std::to_string(at->get<std::uint64_t>()) : std::string();
}
std::uint64_t number_in(const EvidenceJson& object, std::string_view name) {
  if (!object.is_object()) return 0;
  const auto at = object.find(name);
  return at != object.end() && at->is_number_unsigned() ? at->get<std::uint64_t>() : 0;
}
const EvidenceJson& member(const EvidenceJson& object, std::string_view name) {
  static const EvidenceJson kNone;
  if (!object.is_object()) return kNone;
  const auto at = object.find(name);
  return at == object.end() ? kNone : *at;
}
std::optional<Sha256> digest_in(std::string_view hex) {
  const auto bytes = from_hex(hex);
  Sha256 out{};
  if (!bytes || bytes->size() != out.size()) return {};
  std::memcpy(out.data(), bytes->data(), out.size());
  return out;
}

class Verifier {
 public:
  Verifier(std::span<const ArchivedFile> files, const VerifyOptions& options) : options_(options) {
    for (const ArchivedFile& file : files) files_[file.name] = &file;
  }

  VerifyReport run() {
    if (check_index()) {
      check_files();
      check_segments();
      for (const EvidenceJson& entry : member(index_, "entries")) check_entry(entry);
      if (!entries_) no(CheckKind::index, "indice.json", "it lists no evidence");
    }
    report_.holds = !report_.checks.empty() && std::ranges::all_of(report_.checks, &EvidenceCheck::holds);
    return std::move(report_);
  }

 private:
  void say(CheckKind kind, bool holds, std::string subject, std::string sentence) {
    report_.checks.push_back({kind, holds, std::move(subject), std::move(sentence)});
  }
  void yes(CheckKind kind, std::string subject, std::string sentence) { say(kind, true, std::move(subject), std::move(sentence)); }
  void no(CheckKind kind, std::string subject, std::string sentence) { say(kind, false, std::move(subject), std::move(sentence)); }
  const ArchivedFile* file(std::string_view name) const {
    const auto at = files_.find(name);
    return at == files_.end() ? nullptr : at->second;
  }

  // False: nothing more can be said.
  bool check_index() {
    const std::string name(kIndexFile);
    const ArchivedFile* found = file(kIndexFile);
    if (found == nullptr) return no(CheckKind::index, name, "it is missing: this is no evidence of Messo, or somebody took it out"), false;
    if (found->bytes.size() > kLargestIndex) return no(CheckKind::index, name, "it is over 16 MiB, which no index is"), false;
    index_ = EvidenceJson::parse(
        found->bytes, [](int depth, EvidenceJson::parse_event_t, const EvidenceJson&) { return depth <= kDeepestIndex; }, false);
    if (!index_.is_object() || text_in(index_, "format") != kEvidenceFormat)
      return no(CheckKind::index, name, "it cannot be read: it was changed, or a newer Messo made it"), false;
    report_.notification = text_in(member(index_, "notification"), "id");
    report_.organisation = text_in(member(member(index_, "notification"), "organisation"), "name");
    report_.status = text_in(member(index_, "notification"), "status");
    report_.made_at = text_in(index_, "made_at");
    report_.public_key = text_in(index_, "public_key");
    key_ = from_base64(report_.public_key).value_or("");
    check_key();
    const ArchivedFile* signature = file(kSignatureFile);
    const bool signed_by_key = signature != nullptr && signature_holds(key_, found->bytes, signature->bytes);
    say(CheckKind::index, signed_by_key, name,
        signed_by_key          ? "it is as it was signed"
        : signature == nullptr ? "its signature, indice.firma, is missing"
                               : "its signature does not fit: index or signature were changed");
    return true;
  }

  void check_key() {
    if (key_.size() != kPublicKeyBytes) return no(CheckKind::key, "", "the index names no public key");
    const ArchivedFile* pem = file(kKeyFile);
    if (pem != nullptr && parse_public_key(pem->bytes) != key_)
      no(CheckKind::key, std::string(kKeyFile), "it is not the key the index names");
    if (options_.public_key) {
      const bool known = *options_.public_key == key_;
      say(CheckKind::key, known, "", known ? "the signing key is the one given" : "it was signed with another key than the one given");
    } else {
      report_.notes.emplace_back(
          "Whose key signed it was not checked: ask the organisation for its key (`messo evidence key` prints it) and give it with --key.");
    }
  }

  void check_files() {
    std::set<std::string, std::less<>> listed{std::string(kIndexFile), std::string(kSignatureFile)};
    for (const EvidenceJson& row : member(index_, "files")) {
      const std::string name = text_in(row, "name");
      if (!listed.insert(name).second) {
        no(CheckKind::file, name, "the index lists it twice");
        continue;
      }
      const ArchivedFile* found = file(name);
      if (found == nullptr) {
        no(CheckKind::file, name, "it is missing");
        continue;
      }
      const Sha256 digest = sha256(found->bytes);
      digests_[name] = to_hex(as_text(digest));
      const bool same = found->intact && found->bytes.size() == number_in(row, "size") && digests_[name] == text_in(row, "sha256");
      say(CheckKind::file, same, name, same ? "it is as the index says" : "it was changed: size or SHA-256 differ from the index");
    }
    for (const auto& [name, found] : files_) {
      if (!listed.contains(name)) no(CheckKind::file, name, "it was added: the index does not know it");
      if (!found->intact && !digests_.contains(name)) no(CheckKind::file, name, "it was changed: its check sum in the ZIP file differs");
    }
  }

  void check_segments() {
    const EvidenceSegment* before = nullptr;
    for (const EvidenceJson& row : member(index_, "segments")) {
      EvidenceSegment segment;
      segment.number = number_in(row, "number");
      segment.count = number_in(row, "leaves");
      const std::string subject = "segment " + std::to_string(segment.number);
      const auto organisation = OrganisationId::parse(text_in(row, "organisation"));
      const auto root = digest_in(text_in(row, "root"));
      const auto previous = digest_in(text_in(row, "previous"));
      const auto closed_at = parse_rfc3339(text_in(row, "closed_at"));
      if (!organisation || !root || !previous || !closed_at) {
        no(CheckKind::chain, subject, "it cannot be read");
        continue;
      }
      segment.organisation = *organisation;
      segment.root = *root;
      segment.previous = *previous;
      segment.closed_at = *closed_at;
      const bool own_key = text_in(row, "public_key") == report_.public_key;
      if (!own_key || !signature_holds(key_, segment_text(segment), from_base64(text_in(row, "signature")).value_or(""))) {
        no(CheckKind::chain, subject,
           own_key ? "its signature does not fit: it was changed" : "it was signed with another key than the index");
        continue;
      }
      if (before != nullptr && before->number + 1 == segment.number && sha256(segment_text(*before)) != segment.previous) {
        no(CheckKind::chain, subject, "it does not follow the segment before it");
        continue;
      }
      yes(CheckKind::chain, subject, "its root is as it was signed on " + text_in(row, "closed_at"));
      before = &(segments_[segment.number] = std::move(segment));
    }
  }

  void check_entry(const EvidenceJson& entry) {
    entries_ = true;
    const std::string name = text_in(entry, "file");
    const std::string subject = name.empty() ? text_in(entry, "kind") + " " + text_in(entry, "id") : name;
    if (name.empty()) {
      no(CheckKind::file, subject, "its original could not be handed out: " + text_in(entry, "problem"));
    } else if (const auto digest = digests_.find(name); digest == digests_.end() || digest->second != text_in(entry, "sha256")) {
      no(CheckKind::file, subject, "it is not the original that was registered");
    }
    check_chain(entry, subject);
    if (text_in(entry, "kind") == to_string(EvidenceKind::receipt)) check_receipt(entry, name);
  }

  void check_chain(const EvidenceJson& entry, const std::string& subject) {
    const EvidenceJson& chain = member(entry, "chain");
    const std::string state = text_in(chain, "state");
    if (state == "open") {
      report_.notes.push_back(subject +
                              " was in no closed segment of the chain when this was made: fetch the evidence again after an hour.");
      return;
    }
    const std::uint64_t number = number_in(chain, "segment");
    if (state != "closed")
      return no(CheckKind::chain, subject, "what the hub knows of it is not what it registered in segment " + std::to_string(number));
    const auto segment = segments_.find(number);
    if (segment == segments_.end()) return no(CheckKind::chain, subject, "its segment does not hold or is missing");
    std::vector<Sha256> path;
    for (const EvidenceJson& hash : member(chain, "path")) {
      const auto digest = hash.is_string() ? digest_in(hash.get_ref<const std::string&>()) : std::nullopt;
      if (!digest || path.size() == kLongestPath) return no(CheckKind::chain, subject, "its proof cannot be read");
      path.push_back(*digest);
    }
    const auto root = merkle_root_by_path(leaf_of(entry), number_in(chain, "index"), segment->second.count, path);
    const bool there = root == segment->second.root && text_in(entry, "organisation") == segment->second.organisation.to_string();
    say(CheckKind::chain, there, subject,
        there ? "it is in segment " + std::to_string(number) + " of the chain" : "the proof that it is in its segment does not hold");
  }

  static Sha256 leaf_of(const EvidenceJson& entry) {
    const bool receipt = text_in(entry, "kind") == to_string(EvidenceKind::receipt);
    LeafFacts facts;
    for (const std::string_view name : leaf_names(receipt ? EvidenceKind::receipt : EvidenceKind::as_sent))
      facts.emplace_back(name, text_in(entry, name));
    return merkle_leaf(leaf_text(facts));
  }

  void check_receipt(const EvidenceJson& entry, const std::string& name) {
    const ArchivedFile* original = file(name);
    if (original == nullptr) return;
    const auto meaning = options_.reader.receipt ? options_.reader.receipt(nullptr, original->bytes) : std::nullopt;
    if (!meaning || meaning->verification.empty()) {
      report_.notes.push_back(name + ": it has no signature of a provider that this program can check.");
      return;
    }
    const std::string why = meaning->reason.empty() ? "" : ": " + meaning->reason;
    const bool valid = meaning->verification == "VALID";
    say(CheckKind::receipt, valid, name,
        valid ? "the provider's signature is valid" : "the provider's signature is " + meaning->verification + why);
    const std::string extract = text_in(entry, "extract");
    const ArchivedFile* extracted = file(extract);
    if (extracted != nullptr && extracted->bytes != meaning->extract) no(CheckKind::file, extract, "it is not what the receipt contains");
  }

  const VerifyOptions& options_;
  std::map<std::string, const ArchivedFile*, std::less<>> files_;
  std::map<std::string, std::string> digests_;
  std::map<std::uint64_t, EvidenceSegment> segments_;
  EvidenceJson index_;
  std::string key_;
  bool entries_ = false;
  VerifyReport report_;
};

}  // namespace

std::string_view to_string(CheckKind kind) { return names::name_of<CheckKind>(kChecks, kind); }

VerifyReport verify_evidence(std::span<const ArchivedFile> files, const VerifyOptions& options) {
  try {
    return Verifier(files, options).run();
  } catch (const std::exception& error) {
    VerifyReport report;
    report.checks.push_back({CheckKind::index, false, std::string(kIndexFile), std::string("it cannot be understood: ") + error.what()});
    return report;
  }
}

VerifyReport verify_evidence_archive(std::string_view archive, const VerifyOptions& options) {
  const auto files = read_archive(archive);
  if (!files) {
    VerifyReport report;
    report.checks.push_back({CheckKind::container, false, "", files.error().message});
    return report;
  }
  auto report = verify_evidence(*files, options);
  report.checks.insert(report.checks.begin(), {CheckKind::container, true, "", "the ZIP file is as Messo wrote it"});
  return report;
}

}  // namespace messo
