#include "store/sqlite/content.hpp"

namespace messo::sqlite {

StoredContent store_content(const Database& database, const NewNotification& n) {
  StoredContent out{database.options().seal_content, pack_recipient(n.recipient), n.data_json, pack_attachments(n.attachments)};
  if (!out.sealed) return out;
  const std::string_view bound = n.id.value.view();
  for (std::string* field : {&out.recipient, &out.data, &out.attachments}) {
    if (!field->empty()) *field = database.sealer().seal(Sealer::Purpose::content, *field, bound);
  }
  return out;
}

Result<NotificationContent> load_content(const Database& database, const Statement& row, int first, NotificationId notification) {
  const bool sealed = row.number(first) != 0;
  const auto plain = [&](int col) -> Result<std::string> {
    const std::string_view bytes = row.bytes(col);
    if (!sealed || bytes.empty()) return std::string(bytes);
    return database.sealer().open(Sealer::Purpose::content, bytes, notification.value.view());
  };
  NotificationContent out;
  auto recipient = plain(first + 1).and_then(unpack_recipient);
  if (!recipient) return fail(recipient.error());
  out.recipient = std::move(*recipient);
  auto data = plain(first + 2);
  if (!data) return fail(data.error());
  out.data_json = std::move(*data);
  auto attachments = plain(first + 3).and_then(unpack_attachments);
  if (!attachments) return fail(attachments.error());
  out.attachments = std::move(*attachments);
  return out;
}

}  // namespace messo::sqlite
