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
    const RawReferences references(outcome.references);
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
    const RawReceipts raw(receipts);
    return raw_->on_receipts(raw_->ctx, raw.data(), raw.size());
  }

  // At most 64 KiB; MESSO_OK once durable. The extension resume/1 gets it back after a crash. Blocks.
  std::int32_t checkpoint(const messo_id& attempt, std::string_view bytes) const {
    return raw_->checkpoint(raw_->ctx, &attempt, str(bytes));
  }

  // Channels with evidence, once per attempt and before its first byte leaves: the message byte for byte, and the references by which
  // receipts will name it. True once both are durable; false: answer try_later and send nothing. Blocks on the disk.
  bool keep_as_sent(const messo_id& attempt, std::string_view bytes, const std::vector<Reference>& references) const {
    if (!MESSO_HAS(raw_, messo_host, keep_as_sent) || raw_->keep_as_sent == nullptr) return false;  // an older hub keeps no evidence
    const RawReferences raw(references);
    return raw_->keep_as_sent(raw_->ctx, &attempt, str(bytes), raw.data(), raw.size()) == MESSO_OK;
  }
  // Channels without evidence, before the message leaves: the references by which receipts may name it, of every part, so that one of them
  // finds it even if no outcome ever comes. True once they are durable; false: answer try_later and send nothing. Blocks on the disk.
  bool expect(const messo_id& attempt, const std::vector<Reference>& references) const { return keep_as_sent(attempt, {}, references); }

  // A named service of the hub, or nullptr.
  const void* extension(const char* id) const { return raw_->extension(raw_->ctx, id); }

 private:
  const messo_host* raw_;
};

}  // namespace messo::plugin
