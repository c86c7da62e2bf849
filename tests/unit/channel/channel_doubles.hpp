// What a provider talks to, in the tests of core/channel: everything is remembered and can be waited for.
#pragma once
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>

#include "channel/plugin_provider.hpp"

namespace messo::test {

inline std::filesystem::path build_dir() {
  const char* given = std::getenv("MESSO_BUILD_DIR");
  return given != nullptr ? given : "build";
}
inline std::filesystem::path plugin_dir() { return build_dir() / "plugins"; }
inline std::filesystem::path zoo_dir() { return build_dir() / "tests" / "bad_plugins"; }

struct Told {
  AttemptId attempt;
  Outcome outcome;
};

class RecordingListener final : public ProviderListener {
 public:
  void on_outcome(ProviderId, AttemptId attempt, Outcome outcome) override {
    change([&] { outcomes_.push_back({attempt, std::move(outcome)}); });
  }
  void on_grant(ProviderId, Grant grant) override {
    change([&] { grants_.push_back(std::move(grant)); });
  }
  Status on_receipts(ProviderId, std::span<const Receipt> receipts) override {
    change([&] { receipts_.insert(receipts_.end(), receipts.begin(), receipts.end()); });
    return {};
  }
  Status checkpoint(ProviderId, AttemptId, std::string_view bytes) override {
    change([&] { checkpoints_.emplace_back(bytes); });
    return {};
  }

  Status keep_as_sent(ProviderId, AttemptId attempt, const BlobId& bytes, std::uint64_t size,
                      std::span<const Reference> references) override {
    change([&] { kept_.push_back({attempt, bytes, size, {references.begin(), references.end()}}); });
    return keeps_ ? Status{} : Status(fail(ErrorKind::unavailable, "store_unavailable", "the store is away"));
  }

  Status expect(ProviderId, AttemptId attempt, std::span<const Reference> references) override {
    change([&] { expected_.push_back({attempt, {}, 0, {references.begin(), references.end()}}); });
    return keeps_ ? Status{} : Status(fail(ErrorKind::unavailable, "store_unavailable", "the store is away"));
  }

  struct Kept {
    AttemptId attempt;
    BlobId bytes;
    std::uint64_t size = 0;
    std::vector<Reference> references;
  };
  std::vector<Kept> kept() const { return copy(kept_); }
  std::vector<Kept> expected() const { return copy(expected_); }  // of whom only references were kept
  // From now on nothing can be kept.
  void lose_store() {
    change([&] { keeps_ = false; });
  }
  std::vector<Told> outcomes() const { return copy(outcomes_); }
  std::vector<Grant> grants() const { return copy(grants_); }
  std::vector<Receipt> receipts() const { return copy(receipts_); }
  std::vector<std::string> checkpoints() const { return copy(checkpoints_); }
  // Waits up to 10 s; false when fewer came.
  bool wait_outcomes(std::size_t count) const {
    return wait([&] { return outcomes_.size() >= count; });
  }
  bool wait_receipts(std::size_t count) const {
    return wait([&] { return receipts_.size() >= count; });
  }
  std::vector<Outcome> of(AttemptId attempt) const {
    std::vector<Outcome> out;
    for (const Told& told : outcomes()) {
      if (told.attempt == attempt) out.push_back(told.outcome);
    }
    return out;
  }

 private:
  template <class F>
  void change(F&& body) {
    const std::scoped_lock hold(mutex_);
    body();
    changed_.notify_all();
  }
  template <class T>
  T copy(const T& value) const {
    const std::scoped_lock hold(mutex_);
    return value;
  }
  template <class F>
  bool wait(F&& done) const {
    std::unique_lock hold(mutex_);
    return changed_.wait_for(hold, std::chrono::seconds(10), done);
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<Told> outcomes_;
  std::vector<Grant> grants_;
  std::vector<Receipt> receipts_;
  std::vector<std::string> checkpoints_;
  std::vector<Kept> kept_, expected_;
  bool keeps_ = true;
};

class MemoryBlobs final : public Blobs {
 public:
  Result<BlobId> put(OrganisationId organisation, std::string_view bytes) override {
    const BlobId id{sha256(bytes)};
    all_.with([&](auto& all) { all[{organisation, id}] = std::string(bytes); });
    return id;
  }
  Result<std::vector<BlobId>> put_all(std::span<const NewBlob> blobs) override {
    std::vector<BlobId> out;
    for (const NewBlob& blob : blobs) out.push_back(*put(blob.organisation, blob.bytes));
    return out;
  }
  Result<std::string> read(OrganisationId organisation, const BlobId& id, std::uint64_t offset, std::uint64_t length) override {
    return all_.with([&](auto& all) -> Result<std::string> {
      const auto at = all.find({organisation, id});
      if (at == all.end()) return fail(ErrorKind::not_found, "no_such_blob", "there is no such blob");
      return at->second.substr(std::min<std::size_t>(offset, at->second.size()), length);
    });
  }
  Result<std::uint64_t> size(OrganisationId, const BlobId&) override { return 0; }
  Result<std::size_t> collect(Instant) override { return 0; }

 private:
  Guarded<std::map<std::pair<OrganisationId, BlobId>, std::string>> all_;
};

class CountingLog final : public Log {
 public:
  bool enabled(LogLevel) const override { return true; }
  void write(LogLevel, std::string_view id, std::string_view text, std::initializer_list<LogField>) override {
    lines_.with([&](auto& lines) { lines.emplace_back(id, text); });
  }
  std::size_t count(std::string_view id) const {
    return lines_.with([&](const auto& lines) {
      return static_cast<std::size_t>(std::ranges::count_if(lines, [&](const auto& line) { return line.first == id; }));
    });
  }
  std::vector<std::pair<std::string, std::string>> lines() const { return lines_.copy(); }

 private:
  Guarded<std::vector<std::pair<std::string, std::string>>> lines_;
};

// A hub's surroundings, with a clock of its own.
struct Surroundings {
  RecordingListener listener;
  MemoryBlobs blobs;
  ManualClock clock;
  CountingLog log;
  BorderParts parts() { return {listener, blobs, clock, log}; }
};

inline Provider provider_of(std::string plugin, std::string config_json = "{}") {
  Provider out;
  out.id = ProviderId::make(from_unix_ms(1'780'000'000'000));
  out.key = plugin + "-1";
  out.plugin = std::move(plugin);
  out.channel = Channel::email;
  out.pool = "email";
  out.config_json = std::move(config_json);
  out.version = 1;
  return out;
}

inline OutgoingMessage message_to(std::string to, Instant now) {
  OutgoingMessage out;
  out.attempt = AttemptId::make(now);
  out.delivery = DeliveryId::make(now);
  out.organisation = OrganisationId{make_uuid_v4()};
  out.created = now;
  out.send_before = now + std::chrono::hours(24);
  out.answer_by = now + std::chrono::minutes(2);
  out.to = std::move(to);
  out.language = "it";
  out.meta_json = "{}";
  out.parts = {{"subject", "text/plain", "Avvio del procedimento"}, {"text", "text/plain", "Gentile cittadina, la pratica è avviata."}};
  return out;
}

}  // namespace messo::test
