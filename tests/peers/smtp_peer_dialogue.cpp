#include "peers/smtp_peer_dialogue.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace messo::peers {
namespace {

// Ends the dialogue from anywhere inside it.
struct Gone {};

bool starts_with_word(std::string_view line, std::string_view word) {
  return line.size() >= word.size() &&
         std::equal(word.begin(), word.end(), line.begin(), [](char a, char b) { return a == (b & ~0x20) || a == b; });
}

std::string from_base64(std::string_view text) {
  std::string out(text.size() + 4, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return {};
  const auto padding = static_cast<std::size_t>(std::count(text.begin(), text.end(), '='));
  out.resize(static_cast<std::size_t>(size) - std::min(padding, static_cast<std::size_t>(size)));
  return out;
}

std::string between_brackets(std::string_view line) {
  const auto open = line.find('<');
  const auto close = line.find('>', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || close == std::string_view::npos) return {};
  return std::string(line.substr(open + 1, close - open - 1));
}

std::string after_brackets(std::string_view line) {
  const auto close = line.find('>');
  return close == std::string_view::npos ? std::string{} : std::string(line.substr(close + 1));
}

std::string find_message_id(std::string_view message) {
  const auto headers = message.substr(0, message.find("\r\n\r\n"));
  for (std::size_t at = 0; at < headers.size();) {
    const auto line = headers.substr(at, headers.find("\r\n", at) - at);
    if (starts_with_word(line, "MESSAGE-ID:")) {
      const auto value = line.substr(11);
      const auto start = std::min(value.find_first_not_of(' '), value.size());
      return std::string(value.substr(start));
    }
    at += line.size() + 2;
  }
  return {};
}

std::string unstuffed(std::string_view body) {
  std::string out;
  out.reserve(body.size());
  if (body.starts_with('.')) body.remove_prefix(1);
  for (auto at = body.find("\r\n."); at != std::string_view::npos; at = body.find("\r\n.")) {
    out += body.substr(0, at + 2);
    body.remove_prefix(at + 3);
  }
  out += body;
  return out;
}

class Dialogue {
 public:
  Dialogue(PeerBook& book, int fd) : book_(book), options_(book.options()), fd_(fd) {}
  ~Dialogue() {
    if (ssl_) SSL_free(ssl_);
  }

  void run() {
    misbehave(SmtpStage::connect, "");
    if (options_.tls == SmtpPeerOptions::Tls::implicit) handshake();
    answer(SmtpStage::banner, "220 peer.messo.test ESMTP");
    for (;;) {
      const auto line = read_line();
      ++group_;
      serve(line);
    }
  }

 private:
  // --- bytes ---
  void send_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ssl_ ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                             : static_cast<int>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
      if (sent <= 0) throw Gone{};
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void flush() {
    if (group_ > 0) book_.note_group(std::exchange(group_, 0));
    if (out_.empty()) return;
    send_all(out_);
    out_.clear();
  }
  void fill() {
    flush();
    if (begin_ > 0) {
      in_.erase(0, begin_);
      begin_ = 0;
    }
    const auto size = in_.size();
    in_.resize(size + 64 * 1024);
    const auto got = ssl_ ? SSL_read(ssl_, in_.data() + size, 64 * 1024) : static_cast<int>(::recv(fd_, in_.data() + size, 64 * 1024, 0));
    in_.resize(size + static_cast<std::size_t>(std::max(got, 0)));
    if (got <= 0) throw Gone{};
    if (in_.size() > (std::size_t{256} << 20)) throw Gone{};
  }
  std::string read_line() {
    std::size_t searched = 0;
    for (;;) {
      const auto end = in_.find('\n', begin_ + searched);
      if (end != std::string::npos) {
        auto line = in_.substr(begin_, end - begin_);
        begin_ = end + 1;
        if (line.ends_with('\r')) line.pop_back();
        return line;
      }
      searched = in_.size() - begin_;
      fill();
    }
  }
  void handshake() {
    misbehave(SmtpStage::tls, "");
    flush();
    ssl_ = SSL_new(book_.tls());
    SSL_set_fd(ssl_, fd_);
    if (SSL_accept(ssl_) != 1) {
      ERR_clear_error();
      throw Gone{};
    }
    book_.count(&SmtpPeerStats::secured, 1);
  }

  // --- misbehaviour ---
  void pause(std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (!book_.stopping() && std::chrono::steady_clock::now() < until) {
      pollfd peer{fd_, POLLRDHUP, 0};
      if (::poll(&peer, 1, static_cast<int>(std::min<long>(20, time.count()))) > 0) throw Gone{};
    }
    if (book_.stopping()) throw Gone{};
  }
  [[noreturn]] void hang() {
    flush();
    for (;;) pause(std::chrono::hours(1));
  }
  [[noreturn]] void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    throw Gone{};
  }
  void drip(const std::string& text, std::size_t delay_ms) {
    flush();
    for (const char c : text) {
      send_all({&c, 1});
      pause(std::chrono::milliseconds(delay_ms));
    }
  }
  [[noreturn]] void endless() {
    flush();
    for (;;) send_all("250-and so on and so on\r\n");
  }

  // Applies a rule of a stage; true when it took the place of the usual reply.
  bool misbehave(SmtpStage stage, const std::string& usual) {
    const auto rule = book_.rule_for(stage, recipient_);
    if (!rule) return false;
    switch (rule->action) {
      case SmtpAction::reply: put(rule->argument); return true;
      case SmtpAction::reply_then:
        put(rule->argument);
        flush();
        throw Gone{};
      case SmtpAction::lose:
      case SmtpAction::drop: flush(); throw Gone{};
      case SmtpAction::reset: flush(); reset();
      case SmtpAction::reply_drop:
        put(usual);
        flush();
        throw Gone{};
      case SmtpAction::hang: hang();
      case SmtpAction::delay:
        flush();
        pause(std::chrono::milliseconds(rule->amount));
        return false;
      case SmtpAction::drip: drip(usual + "\r\n", rule->amount); return true;
      case SmtpAction::garbage:
        flush();
        send_all(std::string_view("\x00\xff\x13 no smtp here \xfe\r\n\r\n", 21));
        return true;
      case SmtpAction::overlong:
        flush();
        send_all(std::string(std::size_t{1} << 20, '2'));
        return true;
      case SmtpAction::endless: endless();
    }
    return false;
  }
  void put(std::string_view reply) {
    // "\n" between the lines of a scripted reply, typed as backslash and n or as itself.
    std::string text(reply);
    for (auto at = text.find("\\n"); at != std::string::npos; at = text.find("\\n")) text.replace(at, 2, "\n");
    for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2)) text.insert(at, 1, '\r');
    out_ += text;
    out_ += "\r\n";
    last_positive_ = text.starts_with('2') || text.starts_with('3');
  }
  // The reply of a stage; true when it was positive.
  bool answer(SmtpStage stage, const std::string& usual) {
    last_positive_ = usual.starts_with('2') || usual.starts_with('3');
    if (!misbehave(stage, usual)) put(usual);
    return last_positive_;
  }
  // The usual reply, unless whoever uses this server says something else.
  std::string judged(SmtpStage stage, const std::string& usual) {
    if (!options_.judge) return usual;
    auto reply = options_.judge(stage, current_);
    return reply.empty() ? usual : reply;
  }

  // --- commands ---
  void serve(const std::string& line) {
    if (starts_with_word(line, "EHLO")) return ehlo();
    if (starts_with_word(line, "HELO")) return void(answer(SmtpStage::ehlo, "250 peer.messo.test"));
    if (starts_with_word(line, "STARTTLS")) return start_tls();
    if (starts_with_word(line, "AUTH")) return auth(line);
    if (starts_with_word(line, "MAIL FROM:")) return mail(line);
    if (starts_with_word(line, "RCPT TO:")) return rcpt(line);
    if (line.size() == 4 && starts_with_word(line, "DATA")) return data();
    if (starts_with_word(line, "RSET")) {
      clear();
      book_.count(&SmtpPeerStats::resets, 1);
      return void(answer(SmtpStage::rset, "250 2.0.0 flushed"));
    }
    if (starts_with_word(line, "NOOP")) return put("250 2.0.0 ok");
    if (starts_with_word(line, "QUIT")) {
      book_.count(&SmtpPeerStats::quits, 1);
      answer(SmtpStage::quit, "221 2.0.0 bye");
      flush();
      throw Gone{};
    }
    put("500 5.5.2 not a command");
  }

  void ehlo() {
    if (!options_.ehlo_known) return put("502 command not implemented");
    std::vector<std::string> lines{"peer.messo.test"};
    lines.insert(lines.end(), options_.capabilities.begin(), options_.capabilities.end());
    if (options_.tls == SmtpPeerOptions::Tls::starttls && !ssl_) lines.push_back("STARTTLS");
    if (needs_sign_in()) lines.push_back("AUTH " + options_.auth_mechanisms);
    std::string reply;
    for (std::size_t i = 0; i < lines.size(); ++i)
      reply += (i ? "\n250" : "250") + std::string(i + 1 < lines.size() ? "-" : " ") + lines[i];
    answer(SmtpStage::ehlo, reply);
  }

  void start_tls() {
    if (options_.tls != SmtpPeerOptions::Tls::starttls) return put("502 5.5.1 not offered");
    if (!answer(SmtpStage::starttls, "220 2.0.0 go ahead")) return;
    handshake();
  }

  std::string ask(std::string_view prompt) {
    put("334 " + std::string(prompt));
    flush();
    return read_line();
  }
  bool needs_sign_in() const { return !options_.username.empty() || !options_.accounts.empty(); }
  bool knows(const std::string& user, const std::string& password) const {
    if (!options_.username.empty() && user == options_.username) return password == options_.password;
    const auto account = options_.accounts.find(user);
    return account != options_.accounts.end() && password == account->second;
  }
  void auth(const std::string& line) {
    std::string user, password;
    bool good = false;
    if (starts_with_word(line, "AUTH PLAIN ")) {
      const auto words = from_base64(std::string_view(line).substr(11));  // authorisation, NUL, user, NUL, password
      const auto first = words.find('\0'), second = words.find('\0', first == std::string::npos ? first : first + 1);
      if (first == 0 && second != std::string::npos) {
        user = words.substr(1, second - 1);
        password = words.substr(second + 1);
        good = knows(user, password);
      }
    } else if (starts_with_word(line, "AUTH LOGIN")) {
      user = from_base64(ask("VXNlcm5hbWU6"));
      password = from_base64(ask("UGFzc3dvcmQ6"));
      good = knows(user, password);
    } else if (starts_with_word(line, "AUTH XOAUTH2 ")) {
      user = options_.username;
      good = from_base64(std::string_view(line).substr(13)) == "user=" + user + "\x01" + "auth=Bearer " + options_.password + "\x01\x01";
      if (!good || options_.auth_refused) ask("eyJzdGF0dXMiOiI0MDEifQ==");
    }
    good = good && !options_.auth_refused;
    if (answer(SmtpStage::auth, good ? "235 2.7.0 welcome" : "535 5.7.8 wrong user name or password")) {
      account_ = user;
      signed_in_ = true;
      book_.count(&SmtpPeerStats::signed_in, 1);
    }
  }

  void mail(const std::string& line) {
    if (needs_sign_in() && !signed_in_) return put("530 5.7.0 authentication required");
    clear();
    current_.account = account_;
    current_.sender = between_brackets(line);
    current_.parameters = "MAIL" + after_brackets(line);
    has_sender_ = answer(SmtpStage::mail, judged(SmtpStage::mail, "250 2.1.0 ok"));
  }

  void rcpt(const std::string& line) {
    if (!has_sender_) return put("503 5.5.1 MAIL first");
    const auto before = std::exchange(current_.recipient, between_brackets(line));
    recipient_ = current_.recipient;
    current_.parameters += "; RCPT" + after_brackets(line);
    if (answer(SmtpStage::rcpt, judged(SmtpStage::rcpt, "250 2.1.5 ok"))) {
      has_recipient_ = true;
      current_.recipients.push_back(recipient_);
    } else {
      current_.recipient = before;
      book_.count(&SmtpPeerStats::refused_recipients, 1);
    }
  }

  void data() {
    if (!has_recipient_ && !(options_.accept_data_without_recipient && has_sender_)) return put("503 5.5.1 no valid recipients");
    if (!answer(SmtpStage::data, "354 go on")) return;
    const auto rule = book_.rule_for(SmtpStage::body, recipient_);
    const auto limit = rule ? std::max<std::size_t>(rule->amount, 1) : std::string::npos;
    flush();
    const auto size = read_body(rule, limit);
    finish(size);
  }

  // Leaves the body in in_ from begin_ on and returns its size with the last CRLF but without the dot line.
  std::size_t read_body(const std::optional<SmtpRule>& rule, std::size_t limit) {
    std::size_t searched = 0;
    for (;;) {
      const std::string_view body(in_.data() + begin_, in_.size() - begin_);
      if (body.size() >= limit) spoil_body(*rule);
      if (body.starts_with(".\r\n")) return 0;
      const auto end = body.find("\r\n.\r\n", searched);
      if (end != std::string_view::npos) return end + 2;
      searched = body.size() > 4 ? body.size() - 4 : 0;
      fill();
    }
  }
  void spoil_body(const SmtpRule& rule) {
    switch (rule.action) {
      case SmtpAction::hang: hang();
      case SmtpAction::reset: reset();
      case SmtpAction::reply_then:
        put(rule.argument);
        flush();
        throw Gone{};
      default: throw Gone{};
    }
  }

  void finish(std::size_t size) {
    const std::string_view body(in_.data() + begin_, size);
    if (options_.keep != SmtpPeerOptions::Keep::counts) current_.message_id = find_message_id(body);
    if (options_.keep == SmtpPeerOptions::Keep::messages || options_.judge) current_.bytes = unstuffed(body);
    begin_ += size + 3;
    if (!has_recipient_) {
      put("554 5.5.1 no valid recipients");
      return clear();
    }
    // Whether it counts is decided before the reply: a connection cut here leaves the message with us.
    const auto rule = book_.rule_for(SmtpStage::final, recipient_);
    const bool scripted =
        rule && (rule->action == SmtpAction::lose ||
                 ((rule->action == SmtpAction::reply || rule->action == SmtpAction::reply_then) && !rule->argument.starts_with('2')));
    const auto usual = scripted ? std::string("250 2.0.0 taken") : judged(SmtpStage::final, "250 2.0.0 taken");
    if (!scripted && usual.starts_with('2')) book_.take(std::exchange(current_, {}), size);
    if (rule) {
      pending_ = rule;
      apply_final(usual);
    } else {
      put(usual);
    }
    clear();
  }
  void apply_final(const std::string& usual) {
    const auto rule = *std::exchange(pending_, std::nullopt);
    switch (rule.action) {
      case SmtpAction::reply: return put(rule.argument);
      case SmtpAction::reply_then:
        put(rule.argument);
        flush();
        throw Gone{};
      case SmtpAction::lose:
      case SmtpAction::drop: throw Gone{};
      case SmtpAction::reset: reset();
      case SmtpAction::reply_drop:
        put(usual);
        flush();
        throw Gone{};
      case SmtpAction::hang: hang();
      case SmtpAction::delay:
        flush();
        pause(std::chrono::milliseconds(rule.amount));
        return put(usual);
      case SmtpAction::drip: return drip(usual + "\r\n", rule.amount);
      case SmtpAction::garbage: return send_all("no smtp here\r\n");
      case SmtpAction::overlong: return send_all(std::string(std::size_t{1} << 20, '2'));
      case SmtpAction::endless: endless();
    }
  }

  void clear() {
    current_ = {};
    recipient_.clear();
    has_sender_ = has_recipient_ = false;
  }

  PeerBook& book_;
  const SmtpPeerOptions& options_;
  int fd_;
  SSL* ssl_ = nullptr;
  std::string in_;
  std::size_t begin_ = 0;
  std::string out_;
  std::uint64_t group_ = 0;
  StoredMail current_;
  std::string recipient_;
  std::string account_;
  std::optional<SmtpRule> pending_;
  bool has_sender_ = false;
  bool has_recipient_ = false;
  bool signed_in_ = false;
  bool last_positive_ = false;
};

}  // namespace

void run_dialogue(PeerBook& book, int fd) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  try {
    Dialogue(book, fd).run();
  } catch (const Gone&) {
  }
  ERR_clear_error();
}

}  // namespace messo::peers
