// The memory engine's implementations, one file each.
#pragma once
#include "store/memory/state.hpp"

namespace messo::memory {

class MemoryIntake final : public Intake {
 public:
  explicit MemoryIntake(Shared& shared) : shared_(shared) {}
  Result<Accepted> accept(const NewNotification& notification) override;
  Status admits(ServiceId service) override;
  std::vector<Result<Accepted>> accept_many(std::span<const NewNotification> notifications) override;
  Result<std::optional<Known>> find_idempotent(ServiceId service, std::string_view key) override;
  Result<NotificationStatus> cancel(ServiceId service, NotificationId id, Instant now) override;

 private:
  Result<Accepted> accept_locked(const NewNotification& notification);
  Status admits_locked(ServiceId service) const;
  Shared& shared_;
};

class MemoryWorkQueue final : public WorkQueue {
 public:
  explicit MemoryWorkQueue(Shared& shared) : shared_(shared) {}
  Result<std::vector<LaneHead>> lanes(std::string_view pool, Instant now) override;
  Result<std::vector<DueDelivery>> due(const Lane& lane, Instant now, std::size_t limit, const DueDelivery* after) override;
  Result<std::optional<Instant>> next_due(std::string_view pool, Instant now) override;
  Result<std::vector<LeasedDelivery>> lease(const Worker& worker, std::span<const LeaseOrder> orders, std::span<const RateState> rates,
                                            Instant now) override;
  Result<std::vector<AttemptId>> hand_over(std::span<const AttemptId> attempts, Instant now) override;
  Result<std::vector<Recorded>> record(std::span<const OutcomeRecord> outcomes) override;
  Status checkpoint(AttemptId attempt, std::string_view bytes) override;
  Result<std::string> checkpointed(AttemptId attempt) override;
  Result<std::size_t> expire(Instant now, std::size_t limit) override;
  Result<Recovered> recover(const Worker& worker, const std::function<OnDoubt(ProviderId)>& policy, Instant now) override;
  Result<std::vector<RateState>> rates() override;
  Result<std::size_t> clock_set_back(Instant was, Instant now) override;

 private:
  Shared& shared_;
};

class MemoryLedger final : public Ledger {
 public:
  explicit MemoryLedger(Shared& shared) : shared_(shared) {}
  Result<NotificationView> find(const Visibility& visibility, NotificationId id) override;
  Result<ListPage> list(const ListQuery& query) override;
  Result<std::vector<Event>> events_after(std::int64_t position, std::size_t limit, const Visibility& visibility) override;
  Result<std::vector<Depth>> depths(Instant now) override;
  Result<Books> books() override;
  Result<std::vector<SmsSpentOn>> sms_spent(std::int32_t from, std::int32_t to) override;
  Result<Pruned> prune(const Retention& retention, Instant now, std::size_t limit) override;
  Result<Erased> erase_person(OrganisationId organisation, std::string_view address_hmac, Instant now) override;

 private:
  Shared& shared_;
};

class MemoryReceipts final : public ReceiptStore {
 public:
  explicit MemoryReceipts(Shared& shared) : shared_(shared) {}
  Result<std::vector<ReceiptRecorded>> record(ProviderId provider, std::span<const Receipt> receipts, const PollState* poll,
                                              std::span<const Verification> settling, Instant now) override;
  Result<std::vector<std::optional<OrganisationId>>> owners(ProviderId provider, std::span<const Receipt> receipts) override;
  Result<StoredReceipt> read(ReceiptId id) override;
  Result<std::vector<StoredReceipt>> list(const ReceiptQuery& query) override;
  Result<ReceiptFigures> figures(Instant old_before) override;
  Result<std::vector<MisplacedOriginal>> misplaced(std::size_t limit) override;
  Status placed(std::span<const MisplacedOriginal> originals) override;

 private:
  Shared& shared_;
};

class MemoryMailboxes final : public MailboxStore {
 public:
  explicit MemoryMailboxes(Shared& shared) : shared_(shared) {}
  Result<bool> lease(const Worker& worker, ProviderId provider, std::string_view mailbox, Millis term, Instant now) override;
  Status release(const Worker& worker, ProviderId provider, std::string_view mailbox) override;
  Result<MailboxPosition> position(ProviderId provider, std::string_view mailbox, std::size_t limit) override;
  Result<std::vector<ItemKnown>> known(ProviderId provider, std::string_view mailbox, std::span<const std::string> items) override;
  Status acked(ProviderId provider, std::string_view mailbox, std::span<const std::string> items) override;
  Result<std::vector<QuarantinedItem>> quarantine(std::optional<ProviderId> provider, std::size_t limit) override;
  Result<QuarantinedItem> quarantined(QuarantineId id) override;
  Status retry(QuarantineId id) override;
  Status drop(QuarantineId id, Instant now) override;

 private:
  Shared& shared_;
};

class MemoryTemplates final : public TemplateStore {
 public:
  explicit MemoryTemplates(Shared& shared) : shared_(shared) {}
  Result<TemplateVersion> put_draft(TemplateVersion version) override;
  Result<TemplateVersion> publish(OrganisationId organisation, std::string_view key, std::uint32_t number, Instant now) override;
  Status archive(OrganisationId organisation, std::string_view key) override;
  Result<TemplateVersion> published(OrganisationId organisation, std::string_view key) override;
  Result<TemplateVersion> find(TemplateVersionId id) override;
  Result<TemplateVersion> find(OrganisationId organisation, std::string_view key, std::uint32_t number) override;
  Result<std::vector<TemplateVersion>> list(OrganisationId organisation) override;
  std::uint64_t generation() const override;

 private:
  Shared& shared_;
};

class MemoryDirectory final : public DirectoryStore {
 public:
  explicit MemoryDirectory(Shared& shared) : shared_(shared) {}
  DirectoryPtr snapshot() const override;
  Result<DirectoryPtr> apply(const DirectoryChange& change, std::uint64_t expected_version, Instant now) override;
  Result<std::vector<AuditEntry>> audit(std::size_t limit) override;
  void on_change(std::function<void(DirectoryPtr)> listener) override;

 private:
  Shared& shared_;
};

class MemoryBlobs final : public Blobs {
 public:
  explicit MemoryBlobs(Shared& shared) : shared_(shared) {}
  Result<BlobId> put(OrganisationId organisation, std::string_view bytes) override;
  Result<std::vector<BlobId>> put_all(std::span<const NewBlob> blobs) override;
  Result<std::string> read(OrganisationId organisation, const BlobId& id, std::uint64_t offset, std::uint64_t length) override;
  Result<std::uint64_t> size(OrganisationId organisation, const BlobId& id) override;
  Result<std::size_t> collect(Instant now) override;

 private:
  Shared& shared_;
};

class MemoryTimers final : public Timers {
 public:
  explicit MemoryTimers(Shared& shared) : shared_(shared) {}
  Status set(const Timer& timer) override;
  Status clear(TimerKind kind, const Uuid& subject) override;
  Result<std::vector<Timer>> due(Instant now, std::size_t limit) override;
  Result<std::size_t> fire(Instant now, std::size_t limit) override;

 private:
  Shared& shared_;
};

}  // namespace messo::memory
