#include "mailbox/pop3_session.hpp"

#include <libetpan/mailstream_helper.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace messo::mailbox {
namespace {

constexpr std::uint64_t kSmallReply = 64U << 10;
constexpr std::uint64_t kMostListing = 128U << 20;
constexpr std::size_t kMostEntries = 1'000'000;
constexpr std::size_t kMostUidl = 400;
constexpr std::uint64_t kMostPopHeader = 1U << 20;

// "12 345": both numbers; of "12 abc" the first and the rest.
bool split_listing(std::string_view line, std::uint64_t& number, std::string_view& rest) {
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc{} || end == line.data() + line.size() || *end != ' ') return false;
  rest = line.substr(static_cast<std::size_t>(end - line.data()) + 1);
  return !rest.empty();
}

tl::unexpected<Trouble> bad_listing() { return trouble(TroubleKind::bad_answer, "The mail server's list of messages cannot be read."); }

// RFC 2449 §8, RFC 3206: what is not the account's fault.
bool is_passing_reply(const char* text) {
  const std::string_view reply = text == nullptr ? "" : text;
  return reply.starts_with("[IN-USE]") || reply.starts_with("[LOGIN-DELAY]") || reply.starts_with("[SYS/");
}

}  // namespace

Pop3Session::Pop3Session(const Settings& settings, const std::atomic<bool>& stop)
    : settings_(settings), line_(settings, stop), pop3_(mailpop3_new(0, nullptr)) {
  if (pop3_ == nullptr) throw std::bad_alloc();
}

Pop3Session::~Pop3Session() {
  line_.give_up();
  mailpop3_free(pop3_);  // closes and frees the stream and the listing
}

Outcome<std::unique_ptr<Pop3Session>> Pop3Session::open(const Settings& settings, const Poco::Net::Context::Ptr& tls,
                                                        const std::atomic<bool>& stop, Steady deadline) {
  std::unique_ptr<Pop3Session> session(new Pop3Session(settings, stop));
  session->until(deadline);
  if (auto connected = session->line_.connect(tls, deadline); !connected) return tl::unexpected(std::move(connected.error()));
  session->line_.begin(deadline, kSmallReply);
  auto ready = session->greet(tls).and_then([&] { return session->sign_in(); });
  if (!ready) return tl::unexpected(std::move(ready.error()));
  return session;
}

Outcome<void> Pop3Session::done(int result, const char* when_refused) {
  if (result == MAILPOP3_NO_ERROR) return {};
  if (line_.broken()) return tl::unexpected(*line_.broken());
  if (result == MAILPOP3_ERROR_MEMORY) throw std::bad_alloc();
  // libetpan says the same of -ERR and of a line that is no reply.
  if (result != MAILPOP3_ERROR_STREAM && pop3_->pop3_response != nullptr) return trouble(TroubleKind::refused, when_refused);
  line_.give_up();
  return trouble(TroubleKind::bad_answer, "The mail server answered in a way that cannot be read.");
}

Outcome<void> Pop3Session::greet(const Poco::Net::Context::Ptr& tls) {
  const int greeted = mailpop3_connect(pop3_, line_.take_stream());
  if (line_.broken()) return tl::unexpected(*line_.broken());
  if (greeted != MAILPOP3_NO_ERROR) {
    if (pop3_->pop3_response != nullptr) return trouble(TroubleKind::busy, "The mail server lets nobody in at the moment.");
    return trouble(TroubleKind::bad_answer, "What answers there is no POP3 server: check port and tls of the mailbox.");
  }
  if (settings_.tls != mail::TlsMode::starttls) return {};
  const int offered = mailpop3_stls(pop3_);
  if (line_.broken()) return tl::unexpected(*line_.broken());
  if (line_.unread()) return tl::unexpected(line_.spoken_into());
  if (offered != MAILPOP3_NO_ERROR) {
    return trouble(TroubleKind::tls, "The mail server offers no STLS: try tls = \"implicit\" with port 995.");
  }
  return line_.start_tls(tls, deadline_);
}

Outcome<void> Pop3Session::sign_in() {
  constexpr auto kRefused = "The mail server refused the sign-in: check username and password of the mailbox.";
  const std::string password(settings_.password.reveal());
  int result = mailpop3_user(pop3_, settings_.username.c_str());
  if (result == MAILPOP3_NO_ERROR) result = mailpop3_pass(pop3_, password.c_str());
  auto good = done(result, kRefused);
  if (good || good.error().kind != TroubleKind::refused) return good;
  if (is_passing_reply(pop3_->pop3_response)) {
    return trouble(TroubleKind::busy, "The mail server lets nobody in at the moment, or somebody else reads the mailbox.");
  }
  return trouble(TroubleKind::account, kRefused);
}

Outcome<std::string> Pop3Session::read_line() {
  const char* line = mailstream_read_line_remove_eol(pop3_->pop3_stream, pop3_->pop3_stream_buffer);
  if (line != nullptr) return std::string(line);
  if (line_.broken()) return tl::unexpected(*line_.broken());
  return trouble(TroubleKind::closed, "The mail server closed the connection.");
}

Outcome<void> Pop3Session::send_list(const char* command, const char* when_refused) {
  const std::string line = std::string(command) + "\r\n";
  if (mailstream_write(pop3_->pop3_stream, line.data(), line.size()) < 0 || mailstream_flush(pop3_->pop3_stream) != 0) {
    return tl::unexpected(line_.broken().value_or(Trouble{TroubleKind::closed, "The mail server closed the connection."}));
  }
  auto reply = read_line();
  if (!reply) return tl::unexpected(std::move(reply.error()));
  if (reply->starts_with("+OK")) return {};
  return trouble(TroubleKind::refused, when_refused);
}

Outcome<void> Pop3Session::read_sizes(std::vector<Entry>& entries) {
  if (auto sent = send_list("LIST", "The mail server does not list its messages."); !sent) return sent;
  for (;;) {
    auto line = read_line();
    if (!line) return tl::unexpected(std::move(line.error()));
    if (*line == ".") return {};
    std::uint64_t number = 0, size = 0;
    std::string_view rest;
    if (!split_listing(*line, number, rest)) return bad_listing();
    std::from_chars(rest.data(), rest.data() + rest.size(), size);
    // Numbers rise and may leave out what another session removed.
    if (number == 0 || number > kMostEntries || (!entries.empty() && number <= entries.back().number)) return bad_listing();
    entries.push_back({static_cast<unsigned>(number), size, {}});
  }
}

Outcome<void> Pop3Session::read_uidls(std::vector<Entry>& entries) {
  if (auto sent = send_list("UIDL", "The mail server gives its messages no lasting names (UIDL): read the mailbox by IMAP."); !sent)
    return sent;
  std::size_t at = 0;
  for (;;) {
    auto line = read_line();
    if (!line) return tl::unexpected(std::move(line.error()));
    if (*line == ".") return {};
    std::uint64_t number = 0;
    std::string_view uidl;
    if (!split_listing(*line, number, uidl) || uidl.size() > kMostUidl) return bad_listing();
    while (at < entries.size() && entries[at].number < number) ++at;
    if (at < entries.size() && entries[at].number == number) entries[at].uidl = uidl;
  }
}

Outcome<std::vector<Pop3Session::Entry>> Pop3Session::list() {
  line_.begin(deadline_, kMostListing);
  std::vector<Entry> entries;
  auto read = read_sizes(entries).and_then([&] { return read_uidls(entries); });
  if (!read) {
    line_.give_up();
    return tl::unexpected(std::move(read.error()));
  }
  tell_etpan(entries);
  std::erase_if(entries, [](const Entry& entry) { return entry.uidl.empty(); });
  return entries;
}

// libetpan fetches only what is in its own listing, and finds it there by its number.
void Pop3Session::tell_etpan(const std::vector<Entry>& entries) {
  const unsigned count = entries.empty() ? 0 : entries.back().number;
  carray* table = carray_new(count + 1);
  if (table == nullptr || carray_set_size(table, count) != 0) throw std::bad_alloc();
  std::size_t at = 0;
  for (unsigned i = 0; i < count; ++i) {
    auto* info = static_cast<mailpop3_msg_info*>(std::calloc(1, sizeof(mailpop3_msg_info)));
    if (info == nullptr) throw std::bad_alloc();
    info->msg_index = i + 1;
    if (entries[at].number == i + 1) info->msg_size = static_cast<std::uint32_t>(entries[at++].size);
    carray_set(table, i, info);
  }
  pop3_->pop3_msg_tab = table;
}

Outcome<std::string> Pop3Session::taken(int result, char* bytes, std::size_t length, const char* when_refused) {
  if (auto good = done(result, when_refused); !good) return tl::unexpected(std::move(good.error()));
  std::string out(bytes, length);
  mailpop3_retr_free(bytes);
  return out;
}

Outcome<std::string> Pop3Session::header(const Entry& entry) {
  line_.begin(deadline_, kMostPopHeader);
  char* bytes = nullptr;
  std::size_t length = 0;
  const int result = mailpop3_top(pop3_, entry.number, 0, &bytes, &length);
  return taken(result, bytes, length, "The mail server does not give the headers of a message.");
}

Outcome<std::string> Pop3Session::body(const Entry& entry) {
  // Some servers count lines with one byte at the end, some leave dots that were doubled out of the size.
  line_.begin(deadline_, 2 * entry.size + kMostPopHeader);
  char* bytes = nullptr;
  std::size_t length = 0;
  const int result = mailpop3_retr(pop3_, entry.number, &bytes, &length);
  return taken(result, bytes, length, "The mail server does not give out a message.");
}

Outcome<void> Pop3Session::remove(const Entry& entry) {
  line_.begin(deadline_, kSmallReply);
  return done(mailpop3_dele(pop3_, entry.number), "The mail server does not remove a message.");
}

Outcome<void> Pop3Session::finish() {
  line_.begin(deadline_, kSmallReply);
  const int result = mailpop3_quit(pop3_);
  const auto broken = line_.broken();
  line_.give_up();
  if (broken) return tl::unexpected(*broken);
  if (result != MAILPOP3_NO_ERROR) return trouble(TroubleKind::closed, "The mail server closed the connection.");
  return {};
}

}  // namespace messo::mailbox
