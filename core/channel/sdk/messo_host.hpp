// Part of messo_channel.hpp: the hub as a plugin sees it.
#pragma once
#include "messo_values.hpp"

namespace messo::plugin {

// The hub's services; a light handle, copied freely, valid as long as the instance. All members may be called from any thread, from the
// moment start() is entered until stop() returns. Errors are MESSO_E_ codes.
class Host {
 public:
  explicit Host(const messo_host* raw) : raw_(raw) {}
  const messo_host* raw() const { return raw_; }

  // No addresses, no content, no secrets. `id` is stable: "smtp.connect_failed".
  void log(messo_log_level level, std::string_view id, std::string_view text) const { raw_->log(raw_->ctx, level, str(id), str(text)); }
  void debug(std::string_view id, std::string_view text) const { log(MESSO_LOG_DEBUG, id, text); }
  void info(std::string_view id, std::string_view text) const { log(MESSO_LOG_INFO, id, text); }
  void warning(std::string_view id, std::string_view text) const { log(MESSO_LOG_WARNING, id, text); }
  void error(std::string_view id, std::string_view text) const { log(MESSO_LOG_ERROR, id, text); }

  std::int64_t now_ms() const { return raw_->now_ms(raw_->ctx); }        // Unix; may step
  std::int64_t steady_ms() const { return raw_->steady_ms(raw_->ctx); }  // monotonic

  // How many messages without a first outcome the plugin will hold at once, from now on (absolute). pause_until_ms > 0: nothing before that
  // Unix time; `reason` is a sentence for operators.
  void credits(std::uint32_t messages, std::int64_t pause_until_ms = 0, std::string_view reason = {}) const {
    raw_->credits(raw_->ctx, messages, pause_until_ms, str(reason));
  }

  // Exactly once for each submitted attempt. Cheap, does not wait for the disk.
  void outcome(const messo_id& attempt, const Outcome& outcome) const {
    const References references(outcome.references);
    messo_outcome raw{};
    raw.struct_size = sizeof raw;
    raw.kind = outcome.kind;
    raw.scope = outcome.scope;
    raw.flags = outcome.throttled ? static_cast<std::uint32_t>(MESSO_FLAG_THROTTLED) : 0U;
    raw.attempt = attempt;
    raw.retry_after_ms = outcome.retry_after_ms;
    raw.code = str(outcome.code);
    raw.public_text = str(outcome.public_text);
    raw.private_text = str(outcome.private_text);
    raw.references = references.data();
    raw.reference_count = references.size();
    raw_->on_outcome(raw_->ctx, &raw);
  }

  // Attachments may be read until the attempt's first outcome. Bytes read, 0 at the end. May block on the disk.
  std::int64_t read_attachment(const messo_id& attempt, std::uint64_t handle, std::uint64_t offset, void* into, std::size_t length) const {
    return raw_->read_attachment(raw_->ctx, &attempt, handle, offset, into, length);
  }
  // The whole of it, or nullopt when it cannot be read (answer try_later).
  std::optional<std::string> read_attachment(const messo_id& attempt, const Attachment& attachment) const {
    std::string bytes;
    bytes.reserve(attachment.size);
    if (!read_attachment(attempt, attachment, [&bytes](std::string_view chunk) { bytes.append(chunk); })) return std::nullopt;
    return bytes;
  }
  // Calls take(std::string_view) for each chunk in turn; false when reading failed (chunks before it have been taken) or fell short.
  template <class F>
  bool read_attachment(const messo_id& attempt, const Attachment& attachment, F&& take, std::size_t chunk = 65536) const {
    std::string buffer(chunk, '\0');
    std::uint64_t offset = 0;
    while (offset < attachment.size) {
      const std::int64_t got = read_attachment(attempt, attachment.handle, offset, buffer.data(), buffer.size());
      if (got <= 0) return false;
      take(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
      offset += static_cast<std::uint64_t>(got);
    }
    return true;
  }

  // MESSO_OK once the receipts are durable; only then acknowledge the provider's copy. Blocks.
  std::int32_t receipts(const std::vector<Receipt>& receipts) const {
    std::vector<References> references;
    std::vector<messo_receipt> raw(receipts.size());
    std::vector<const messo_receipt*> index;
    references.reserve(receipts.size());
    index.reserve(receipts.size());
    for (std::size_t i = 0; i < receipts.size(); ++i) {
      const Receipt& from = receipts[i];
      references.emplace_back(from.references);
      messo_receipt& to = raw[i];
      to.struct_size = sizeof to;
      to.kind = from.kind, to.milestone = from.milestone, to.verification = from.verification;
      to.at_ms = from.at_ms;
      to.dedupe_key = str(from.dedupe_key), to.code = str(from.code), to.public_text = str(from.public_text), to.raw = str(from.raw);
      to.references = references.back().data(), to.reference_count = references.back().size();
      index.push_back(&to);
    }
    return raw_->on_receipts(raw_->ctx, index.data(), index.size());
  }

  // At most 64 KiB; MESSO_OK once durable. The extension resume/1 gets it back after a crash. Blocks.
  std::int32_t checkpoint(const messo_id& attempt, std::string_view bytes) const {
    return raw_->checkpoint(raw_->ctx, &attempt, str(bytes));
  }

  // A named service of the hub, or nullptr.
  const void* extension(const char* id) const { return raw_->extension(raw_->ctx, id); }

 private:
  class References {
   public:
    explicit References(const std::vector<Reference>& from) {
      raw_.reserve(from.size());
      index_.reserve(from.size());
      for (const Reference& one : from) {
        raw_.push_back({sizeof(messo_reference), one.part, str(one.kind), str(one.value)});
        index_.push_back(&raw_.back());
      }
    }
    References(References&&) noexcept = default;
    References(const References&) = delete;
    References& operator=(const References&) = delete;
    References& operator=(References&&) = delete;
    const messo_reference* const* data() const { return index_.empty() ? nullptr : index_.data(); }
    std::size_t size() const { return index_.size(); }

   private:
    std::vector<messo_reference> raw_;
    std::vector<const messo_reference*> index_;
  };

  const messo_host* raw_;
};

}  // namespace messo::plugin
