#include "mailbox/imap_session.hpp"

#include <libetpan/idle.h>
#include <libetpan/uidplus.h>

#include <algorithm>
#include <cctype>

#include "base/freed_by.hpp"
#include "mailbox/imap_folder.hpp"

namespace messo::mailbox {
namespace {

constexpr std::uint64_t kSmallAnswer = 1U << 20;
constexpr std::uint64_t kMostHeader = 256U << 10;  // of one message's chosen fields
constexpr Millis kSignOff{300};

using Set = std::unique_ptr<mailimap_set, FreedBy<mailimap_set_free>>;
using FetchType = std::unique_ptr<mailimap_fetch_type, FreedBy<mailimap_fetch_type_free>>;

void need(bool made) {
  if (!made) throw std::bad_alloc();
}
template <class T>
T* need(T* made) {
  if (made == nullptr) throw std::bad_alloc();
  return made;
}

// Runs of neighbours as ranges: short commands.
Set set_of(ImapSession::Uids uids) {
  Set set(need(mailimap_set_new_empty()));
  for (std::size_t i = 0; i < uids.size();) {
    std::size_t end = i + 1;
    while (end < uids.size() && uids[end] == uids[end - 1] + 1) ++end;
    need(mailimap_set_add_interval(set.get(), uids[i], uids[end - 1]) == MAILIMAP_NO_ERROR);
    i = end;
  }
  return set;
}

void add_attribute(const FetchType& type, mailimap_fetch_att* attribute) {
  need(mailimap_fetch_type_new_fetch_att_list_add(type.get(), need(attribute)) == MAILIMAP_NO_ERROR);
}

mailimap_section* fields_section(const std::vector<std::string>& fields) {
  clist* names = need(clist_new());
  for (const std::string& field : fields) need(clist_append(names, need(::strdup(field.c_str()))) == 0);
  return need(mailimap_section_new_header_fields(need(mailimap_header_list_new(names))));
}

struct Fetched {
  std::uint32_t uid = 0;
  std::uint64_t size = 0;
  std::optional<std::string> section;
};

Fetched read_attributes(const mailimap_msg_att& message) {
  Fetched out;
  for (clistiter* at = clist_begin(message.att_list); at != nullptr; at = clist_next(at)) {
    const auto* item = static_cast<const mailimap_msg_att_item*>(clist_content(at));
    if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC || item->att_data.att_static == nullptr) continue;
    const mailimap_msg_att_static& part = *item->att_data.att_static;
    if (part.att_type == MAILIMAP_MSG_ATT_UID) out.uid = part.att_data.att_uid;
    if (part.att_type == MAILIMAP_MSG_ATT_RFC822_SIZE) out.size = part.att_data.att_rfc822_size;
    if (part.att_type == MAILIMAP_MSG_ATT_BODY_SECTION && part.att_data.att_body_section != nullptr) {
      const mailimap_msg_att_body_section& body = *part.att_data.att_body_section;
      out.section = body.sec_body_part == nullptr ? std::string{} : std::string(body.sec_body_part, body.sec_length);
    }
  }
  return out;
}

// Takes the list. What was not asked for (flags that changed meanwhile) is left out.
std::vector<Fetched> read_fetched(clist* list, ImapSession::Uids asked) {
  std::vector<Fetched> out;
  out.reserve(asked.size());
  for (clistiter* at = clist_begin(list); at != nullptr; at = clist_next(at)) {
    Fetched one = read_attributes(*static_cast<const mailimap_msg_att*>(clist_content(at)));
    if (std::ranges::binary_search(asked, one.uid)) out.push_back(std::move(one));
  }
  mailimap_fetch_list_free(list);
  std::ranges::stable_sort(out, {}, &Fetched::uid);
  return out;
}

mailimap_search_key* undeleted_key() {
  constexpr std::nullptr_t n = nullptr;
  return mailimap_search_key_new(MAILIMAP_SEARCH_KEY_UNDELETED, n, n, n, n, n, n, n, n, n, n, n, n, n, n, 0, n, n, n, n, n, n, 0, n, n, n);
}

// RFC 5530: what is not the account's fault. The name and password are right for all we know.
bool is_passing(const mailimap* imap) {
  const auto* info = imap->imap_response_info;
  if (info == nullptr || info->rsp_atom == nullptr) return false;
  const std::string_view code = info->rsp_atom;
  return code == "UNAVAILABLE" || code == "INUSE" || code == "LIMIT" || code == "SERVERBUG";
}

}  // namespace

ImapSession::ImapSession(const Settings& settings, const std::atomic<bool>& stop)
    : settings_(settings), line_(settings, stop), imap_(need(mailimap_new(0, nullptr))) {}

ImapSession::~ImapSession() {
  if (usable()) {
    line_.begin(Steady::clock::now() + kSignOff, kSmallAnswer);
  } else {
    line_.give_up();
  }
  mailimap_free(imap_);  // signs off, closes and frees the stream
}

Outcome<std::unique_ptr<ImapSession>> ImapSession::open(const Settings& settings, const Poco::Net::Context::Ptr& tls,
                                                        const std::atomic<bool>& stop, Steady deadline) {
  std::unique_ptr<ImapSession> session(new ImapSession(settings, stop));
  session->until(deadline);
  if (auto connected = session->line_.connect(tls, deadline); !connected) {
    session->line_.give_up();
    return tl::unexpected(std::move(connected.error()));
  }
  session->begin(kSmallAnswer);
  auto ready = session->greet(tls).and_then([&] { return session->sign_in(); }).and_then([&] { return session->ask_capabilities(); });
  if (!ready) {
    session->line_.give_up();
    return tl::unexpected(std::move(ready.error()));
  }
  return session;
}

Outcome<void> ImapSession::done(int result, TroubleKind when_refused, const char* sentence) {
  if (result == MAILIMAP_NO_ERROR) return {};
  if (line_.broken()) return tl::unexpected(*line_.broken());
  switch (result) {
    case MAILIMAP_ERROR_STREAM:
    case MAILIMAP_ERROR_FATAL: line_.give_up(); return trouble(TroubleKind::closed, "The mail server closed the connection.");
    case MAILIMAP_ERROR_MEMORY: throw std::bad_alloc();
    case MAILIMAP_ERROR_PARSE:
    case MAILIMAP_ERROR_PROTOCOL:
    case MAILIMAP_ERROR_BAD_STATE:
      line_.give_up();
      return trouble(TroubleKind::bad_answer, "The mail server answered in a way that cannot be read.");
    default: return trouble(when_refused, sentence);
  }
}

Outcome<void> ImapSession::greet(const Poco::Net::Context::Ptr& tls) {
  const int greeted = mailimap_connect(imap_, line_.take_stream());
  if (line_.broken()) return tl::unexpected(*line_.broken());
  if (greeted == MAILIMAP_NO_ERROR_AUTHENTICATED) {
    return trouble(TroubleKind::tls, "The mail server greets as if somebody had signed in already: it is not what the settings describe.");
  }
  if (greeted != MAILIMAP_NO_ERROR_NON_AUTHENTICATED) {
    return trouble(TroubleKind::bad_answer, "What answers there is no IMAP server: check port and tls of the mailbox.");
  }
  if (settings_.tls != mail::TlsMode::starttls) return {};
  const int offered = mailimap_starttls(imap_);
  if (line_.broken()) return tl::unexpected(*line_.broken());
  if (line_.unread()) return tl::unexpected(line_.spoken_into());
  if (offered != MAILIMAP_NO_ERROR) {
    return trouble(TroubleKind::tls, "The mail server offers no STARTTLS: try tls = \"implicit\" with port 993.");
  }
  return line_.start_tls(tls, deadline_);
}

Outcome<void> ImapSession::ask_capabilities() {
  // libetpan takes an OK without the list for one with it, and reads what it had before: so it has an empty one.
  auto* info = imap_->imap_connection_info;
  if (info == nullptr) return trouble(TroubleKind::bad_answer, "The mail server does not say what it can do.");
  if (info->imap_capability == nullptr) info->imap_capability = need(mailimap_capability_data_new(need(clist_new())));
  mailimap_capability_data* answer = nullptr;
  auto asked = done(mailimap_capability(imap_, &answer), TroubleKind::refused, "The mail server does not say what it can do.");
  if (!asked) return asked;
  const std::unique_ptr<mailimap_capability_data, FreedBy<mailimap_capability_data_free>> owned(answer);
  for (clistiter* at = clist_begin(answer->cap_list); at != nullptr; at = clist_next(at)) {
    const auto* one = static_cast<const struct mailimap_capability*>(clist_content(at));
    if (one->cap_type != MAILIMAP_CAPABILITY_NAME || one->cap_data.cap_name == nullptr) continue;
    std::string name = one->cap_data.cap_name;
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    capabilities_.insert(std::move(name));
  }
  return {};
}

Outcome<void> ImapSession::sign_in() {
  const std::string password(settings_.password.reveal());
  const int result = mailimap_login(imap_, settings_.username.c_str(), password.c_str());
  if (result == MAILIMAP_ERROR_LOGIN && !line_.broken() && is_passing(imap_)) {
    return trouble(TroubleKind::busy, "The mail server lets nobody in at the moment.");
  }
  return done(result, TroubleKind::account, "The mail server refused the sign-in: check username and password of the mailbox.");
}

Outcome<ImapSession::Folder> ImapSession::opened(int result) {
  auto good = done(result, TroubleKind::folder, "The mail server does not open the folder: check folder of the mailbox.");
  if (!good) return tl::unexpected(std::move(good.error()));
  const auto* info = imap_->imap_selection_info;
  if (info == nullptr || info->sel_uidvalidity == 0) {
    return trouble(TroubleKind::bad_answer, "The mail server gives the folder no UIDVALIDITY: read the mailbox by POP3.");
  }
  return Folder{info->sel_uidvalidity, info->sel_uidnext};
}

Outcome<ImapSession::Folder> ImapSession::examine() {
  begin(kSmallAnswer);
  return opened(mailimap_examine(imap_, to_imap_folder(settings_.folder).value_or(settings_.folder).c_str()));
}

Outcome<ImapSession::Folder> ImapSession::select() {
  begin(kSmallAnswer);
  return opened(mailimap_select(imap_, to_imap_folder(settings_.folder).value_or(settings_.folder).c_str()));
}

Outcome<std::vector<std::uint32_t>> ImapSession::find(mailimap_search_key* key) {
  begin(16 * kSmallAnswer);
  clist* found = nullptr;
  auto good =
      done(mailimap_uid_search(imap_, nullptr, need(key), &found), TroubleKind::refused, "The mail server does not search the folder.");
  mailimap_search_key_free(key);
  std::vector<std::uint32_t> out;
  if (found != nullptr) {
    for (clistiter* at = clist_begin(found); at != nullptr; at = clist_next(at))
      out.push_back(*static_cast<std::uint32_t*>(clist_content(at)));
    mailimap_search_result_free(found);
  }
  if (!good) return tl::unexpected(std::move(good.error()));
  std::ranges::sort(out);
  const auto doubled = std::ranges::unique(out);
  out.erase(doubled.begin(), doubled.end());
  return out;
}

Outcome<std::vector<std::uint32_t>> ImapSession::search(std::uint32_t first, std::uint32_t last) {
  auto found = find(mailimap_search_key_new_uid(need(mailimap_set_new_interval(first, last))));
  // Of a range beyond the end a server answers the last message (RFC 9051 §6.4.9).
  if (found) std::erase_if(*found, [&](std::uint32_t uid) { return uid < first || uid > last; });
  return found;
}

Outcome<std::vector<std::uint32_t>> ImapSession::not_deleted(Uids uids) {
  auto* both = need(mailimap_search_key_new_multiple_empty());
  need(mailimap_search_key_multiple_add(both, need(mailimap_search_key_new_uid(set_of(uids).release()))) == MAILIMAP_NO_ERROR);
  need(mailimap_search_key_multiple_add(both, need(undeleted_key())) == MAILIMAP_NO_ERROR);
  auto found = find(both);
  if (found) std::erase_if(*found, [&](std::uint32_t uid) { return !std::ranges::binary_search(uids, uid); });
  return found;
}

Outcome<std::vector<ImapSession::Summary>> ImapSession::summaries(Uids uids, const std::vector<std::string>& fields) {
  FetchType type(need(mailimap_fetch_type_new_fetch_att_list_empty()));
  add_attribute(type, mailimap_fetch_att_new_uid());
  add_attribute(type, mailimap_fetch_att_new_rfc822_size());
  if (!fields.empty()) add_attribute(type, mailimap_fetch_att_new_body_peek_section(fields_section(fields)));
  begin(kSmallAnswer + uids.size() * kMostHeader);
  line_.guard()->allow_literals(kMostHeader);
  clist* list = nullptr;
  auto good = done(mailimap_uid_fetch(imap_, set_of(uids).get(), type.get(), &list), TroubleKind::refused,
                   "The mail server does not give the headers of some messages.");
  if (!good) return tl::unexpected(std::move(good.error()));
  std::vector<Summary> out;
  for (Fetched& one : read_fetched(list, uids)) {
    if (!out.empty() && out.back().uid == one.uid) continue;
    out.push_back({one.uid, one.size, std::move(one.section).value_or("")});
  }
  return out;
}

Outcome<std::vector<ImapSession::Body>> ImapSession::bodies(Uids uids, std::uint64_t expected_bytes) {
  FetchType type(need(mailimap_fetch_type_new_fetch_att_list_empty()));
  add_attribute(type, mailimap_fetch_att_new_uid());
  add_attribute(type, mailimap_fetch_att_new_body_peek_section(need(mailimap_section_new(nullptr))));
  // Some servers are not exact about RFC822.SIZE.
  begin(2 * expected_bytes + 4 * kSmallAnswer);
  line_.guard()->allow_literals(expected_bytes + kSmallAnswer);
  clist* list = nullptr;
  auto good = done(mailimap_uid_fetch(imap_, set_of(uids).get(), type.get(), &list), TroubleKind::refused,
                   "The mail server does not give out some messages.");
  line_.guard()->allow_literals(kSmallAnswer);
  if (!good) return tl::unexpected(std::move(good.error()));
  std::vector<Body> out;
  for (Fetched& one : read_fetched(list, uids)) {
    if (!one.section || (!out.empty() && out.back().uid == one.uid)) continue;
    out.push_back({one.uid, std::move(*one.section)});
  }
  return out;
}

Outcome<void> ImapSession::add_flag(Uids uids, bool deleted) {
  clist* flags = need(clist_new());
  need(clist_append(flags, need(deleted ? mailimap_flag_new_deleted() : mailimap_flag_new_seen())) == 0);
  const std::unique_ptr<mailimap_store_att_flags, FreedBy<mailimap_store_att_flags_free>> change(
      need(mailimap_store_att_flags_new_add_flags_silent(need(mailimap_flag_list_new(flags)))));
  begin(8 * kSmallAnswer);
  return done(mailimap_uid_store(imap_, set_of(uids).get(), change.get()), TroubleKind::refused, "The mail server does not mark messages.");
}

Outcome<void> ImapSession::expunge(Uids uids) {
  begin(8 * kSmallAnswer);
  return done(mailimap_uid_expunge(imap_, set_of(uids).get()), TroubleKind::refused, "The mail server does not remove messages.");
}

Outcome<void> ImapSession::move(Uids uids, const std::string& folder) {
  begin(8 * kSmallAnswer);
  return done(mailimap_uid_move(imap_, set_of(uids).get(), to_imap_folder(folder).value_or(folder).c_str()), TroubleKind::refused,
              "The mail server does not move messages: check move_to of the mailbox.");
}

Outcome<void> ImapSession::copy(Uids uids, const std::string& folder) {
  begin(8 * kSmallAnswer);
  return done(mailimap_uid_copy(imap_, set_of(uids).get(), to_imap_folder(folder).value_or(folder).c_str()), TroubleKind::refused,
              "The mail server does not copy messages: check move_to of the mailbox.");
}

Outcome<void> ImapSession::create(const std::string& folder) {
  begin(kSmallAnswer);
  return done(mailimap_create(imap_, to_imap_folder(folder).value_or(folder).c_str()), TroubleKind::refused,
              "The mail server does not create the folder of move_to.");
}

Outcome<bool> ImapSession::idle(Steady until) {
  begin(kSmallAnswer);
  if (auto started = done(mailimap_idle(imap_), TroubleKind::refused, "The mail server refused IDLE."); !started) {
    return tl::unexpected(std::move(started.error()));
  }
  auto came = line_.wait(until);
  if (!came) return came;
  begin(kSmallAnswer);
  if (auto ended = done(mailimap_idle_done(imap_), TroubleKind::refused, "The mail server refused the end of IDLE."); !ended) {
    return tl::unexpected(std::move(ended.error()));
  }
  return came;
}

}  // namespace messo::mailbox
