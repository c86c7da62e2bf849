#include "evidence/package.hpp"

#include <algorithm>

namespace messo {
namespace {

constexpr std::uint64_t kPiece = 1ULL << 20;
constexpr std::size_t kLongestHead = 64ULL << 10;
constexpr std::size_t kLongestKind = 40;

// Why a notification has no evidence, for whoever asked.
Error no_evidence(const NotificationView& view) {
  const auto because = [&]() -> std::string_view {
    switch (view.summary.status) {
      case NotificationStatus::queued: return "it has not been handed over yet. Ask again once it is sent";
      case NotificationStatus::simulated: return "it was kept in test mode and reached nobody";
      case NotificationStatus::refused:
      case NotificationStatus::expired:
      case NotificationStatus::cancelled:
      case NotificationStatus::suppressed: return "it never left";
      default: return "its channel keeps no messages as sent, and no receipt with an original came. PEC does and gives both";
    }
  }();
  return {ErrorKind::not_found, "no_evidence", "There is no evidence of this notification: " + std::string(because) + "."};
}

Error too_much_evidence() {
  return {ErrorKind::too_large, "evidence_too_large",
          "The evidence is too large for one file; fetch its receipts one by one with `messo receipts original ID`."};
}

// Part of a file's name.
std::string plain_kind(std::string_view kind) {
  std::string out;
  for (const char c : kind.substr(0, kLongestKind)) {
    if ((c >= 'a' && c <= 'z') || c == '-') out += c;
  }
  return out;
}

bool is_mail(Channel channel) { return channel == Channel::pec || channel == Channel::email; }

std::optional<Channel> channel_of(const NotificationView& view, DeliveryId id) {
  for (const StepView& step : view.steps) {
    for (const DeliveryView& delivery : step.deliveries) {
      if (delivery.id == id) return delivery.channel;
    }
  }
  return {};
}

}  // namespace

EvidencePackage::EvidencePackage(Store& store, ArchiveLayout layout, std::vector<Content> contents)
    : store_(store), layout_(std::move(layout)), contents_(std::move(contents)) {
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < contents_.size(); ++i) {
    starts_.push_back(at);
    at += layout_.header(i).size() + contents_[i].size;
  }
  starts_.push_back(at);  // of the table of contents
}

Result<std::string> EvidencePackage::read(std::uint64_t offset, std::uint64_t length) const {
  if (offset >= size()) return std::string();
  const auto after = std::ranges::upper_bound(starts_, offset);
  const auto index = static_cast<std::size_t>(after - starts_.begin()) - 1;
  std::uint64_t within = offset - starts_[index];
  if (index == contents_.size()) return layout_.tail().substr(within, length);
  const std::string header = layout_.header(index);
  if (within < header.size()) return header.substr(within, length);
  within -= header.size();
  const Content& content = contents_[index];
  const std::uint64_t wanted = std::min(length, content.size - within);
  if (!content.original) return content.bytes.substr(within, wanted);
  auto bytes = store_.blobs().read(content.owner, *content.original, within, wanted);
  if (bytes && bytes->size() != wanted)
    return fail(ErrorKind::corrupt, "blob_damaged", "A stored original is shorter than it was; restore it from a backup.");
  return bytes;
}

// The steps from rows to an archive. One use.
class PackageMaker {
 public:
  PackageMaker(const EvidenceDeskOptions& options, Store& store, const SigningKey& key, const MaterialReader& reader, Instant now)
      : options_(options), store_(store), key_(key), reader_(reader), now_(now), directory_(store.directory().snapshot()) {}

  Result<EvidencePackagePtr> make(const NotificationView& view) {
    if (Status collected = collect(view); !collected) return fail(std::move(collected.error()));
    const auto segments = segments_of_pieces(view.summary.organisation);
    if (!segments) return fail(Error(segments.error()));
    auto index = make_index({view, *directory_, pieces_, *segments, options_.made_by, key_.public_key(), now_});
    auto page = make_page(index);
    if (!page) return fail(std::move(page.error()));
    add_front(std::string(kKeyFile), public_key_to_pem(key_.public_key()));
    add_front(std::string(kPageFile), std::move(*page));
    index["files"] = EvidenceJson::array();
    for (std::size_t i = 0; i < entries_.size(); ++i)
      index["files"].push_back({{"name", entries_[i].name}, {"size", entries_[i].size}, {"sha256", to_hex(as_text(digests_[i]))}});
    const std::string text = index.dump(1, ' ', false, EvidenceJson::error_handler_t::replace) + "\n";
    add_front(std::string(kSignatureFile), key_.sign(text));
    add_front(std::string(kIndexFile), text);
    auto layout = ArchiveLayout::make(std::move(entries_));
    if (!layout) return fail(std::move(layout.error()));
    if (layout->size() > options_.largest) return fail(too_much_evidence());
    return EvidencePackagePtr(new EvidencePackage(store_, std::move(*layout), std::move(contents_)));
  }

 private:
  Status collect(const NotificationView& view) {
    auto entries = store_.evidence_chain().entries_of(view.summary.id, options_.most_entries + 1);
    if (!entries) return fail(std::move(entries.error()));
    if (entries->empty()) return fail(no_evidence(view));
    if (entries->size() > options_.most_entries) return fail(too_much_evidence());
    std::size_t sent = 0, receipts = 0;
    for (EvidenceEntry& entry : *entries) {
      EvidencePiece piece;
      piece.entry = std::move(entry);
      const bool as_sent = piece.entry.kind == EvidenceKind::as_sent;
      const auto number = as_sent ? ++sent : ++receipts;
      if (Status read = take(piece, number, channel_of(view, piece.entry.delivery)); !read) return read;
      pieces_.push_back(std::move(piece));
    }
    return {};
  }

  // Reads the original, names its files and puts them into the archive.
  Status take(EvidencePiece& piece, std::size_t number, std::optional<Channel> channel) {
    std::uint32_t crc = 0;
    std::string begin;
    if (Status read = read_original(piece, crc, begin); !read) return read;
    if (!piece.problem.empty()) return {};
    const std::string count = std::to_string(number);
    const bool mail = channel && is_mail(*channel);
    if (piece.entry.kind == EvidenceKind::as_sent) {
      if (mail && reader_.sent) piece.head = reader_.sent(std::string_view(begin).substr(0, kLongestHead));
      piece.file = (number == 1 ? "inviato" : "inviato-" + count) + (mail ? ".eml" : ".dat");
    } else {
      const auto provider = directory_->providers.find(piece.entry.provider);
      if (reader_.receipt && begin.size() == piece.size)
        piece.meaning = reader_.receipt(provider == directory_->providers.end() ? nullptr : &provider->second, begin);
      const std::string kind = piece.meaning ? plain_kind(piece.meaning->kind) : std::string();
      piece.file = "ricevuta-" + count + (kind.empty() ? "" : "-" + kind) + (mail ? ".eml" : ".dat");
      if (piece.meaning && !piece.meaning->extract.empty()) piece.extract = "ricevuta-" + count + "-daticert.xml";
    }
    entries_.push_back({piece.file, piece.size, crc});
    digests_.push_back(piece.entry.original.digest);
    contents_.push_back({{}, piece.entry.original, piece.entry.blob_owner, piece.size});
    if (!piece.extract.empty()) add(piece.extract, std::move(piece.meaning->extract), entries_.size());
    total_ += piece.size;
    if (total_ > options_.largest) return fail(too_much_evidence());
    return {};
  }

  // CRC-32 and digest of the whole; the bytes themselves as far as they are to be understood.
  Status read_original(EvidencePiece& piece, std::uint32_t& crc, std::string& begin) {
    const BlobId& id = piece.entry.original;
    const auto gone = [&](const Error& error) -> Status {
      if (error.kind == ErrorKind::unavailable) return fail(Error(error));
      piece.problem = error.kind == ErrorKind::not_found ? "missing" : "damaged";
      return {};
    };
    const auto size = store_.blobs().size(piece.entry.blob_owner, id);
    if (!size) return gone(size.error());
    piece.size = *size;
    const bool whole = piece.size <= options_.largest_read;
    Sha256Stream digest;
    for (std::uint64_t at = 0; at < piece.size;) {
      const auto bytes = store_.blobs().read(piece.entry.blob_owner, id, at, whole ? piece.size : kPiece);
      if (!bytes) return gone(bytes.error());
      if (bytes->empty()) break;
      digest.update(*bytes);
      crc = crc32_of(*bytes, crc);
      at += bytes->size();
      if (begin.empty()) begin = *bytes;
    }
    if (digest.finish() != id.digest) piece.problem = "damaged";
    return {};
  }

  Result<std::vector<EvidenceSegment>> segments_of_pieces(OrganisationId organisation) {
    std::vector<std::uint64_t> numbers;
    for (const EvidencePiece& piece : pieces_) {
      if (piece.entry.segment) numbers.push_back(*piece.entry.segment);
    }
    std::ranges::sort(numbers);
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    std::vector<EvidenceSegment> out;
    for (const std::uint64_t number : numbers) {
      auto segment = store_.evidence_chain().segment(organisation, number);
      if (!segment && segment.error().kind == ErrorKind::not_found) continue;  // its entries are shown as broken
      if (!segment) return fail(std::move(segment.error()));
      out.push_back(std::move(*segment));
    }
    return out;
  }

  void add(std::string name, std::string bytes, std::size_t where) {
    const auto at = static_cast<std::ptrdiff_t>(where);
    entries_.insert(entries_.begin() + at, {std::move(name), bytes.size(), crc32_of(bytes)});
    digests_.insert(digests_.begin() + at, sha256(bytes));
    const auto size = bytes.size();
    contents_.insert(contents_.begin() + at, {std::move(bytes), {}, {}, size});
  }
  void add_front(std::string name, std::string bytes) { add(std::move(name), std::move(bytes), 0); }

  const EvidenceDeskOptions& options_;
  Store& store_;
  const SigningKey& key_;
  const MaterialReader& reader_;
  const Instant now_;
  const DirectoryPtr directory_;
  std::vector<EvidencePiece> pieces_;
  std::uint64_t total_ = 0;
  // of the archive, in its order
  std::vector<ArchiveEntry> entries_;
  std::vector<Sha256> digests_;
  std::vector<EvidencePackage::Content> contents_;
};

EvidenceDesk::EvidenceDesk(EvidenceDeskOptions options, Store& store, const SigningKey& key, MaterialReader reader, const Clock& clock)
    : options_(std::move(options)), store_(store), key_(key), reader_(std::move(reader)), clock_(clock) {}

Result<EvidencePackagePtr> EvidenceDesk::package(const Visibility& visibility, NotificationId id) {
  const auto view = store_.ledger().find(visibility, id);
  if (!view) return fail(Error(view.error()));
  if (!turns_.try_acquire_for(options_.longest_wait)) {
    Error busy(ErrorKind::overloaded, "evidence_busy", "Evidence of other notifications is being put together; try again in some seconds.");
    busy.retry_after = std::chrono::seconds(5);
    return fail(std::move(busy));
  }
  struct GiveBack {
    std::counting_semaphore<kAtOnce>& turns;
    ~GiveBack() { turns.release(); }
  } const give_back{turns_};
  return PackageMaker(options_, store_, key_, reader_, clock_.now()).make(*view);
}

}  // namespace messo
