#include "peers/dovecot.hpp"

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

namespace messo::peers {
namespace fs = std::filesystem;
namespace {

constexpr const char* kProgram = "/usr/sbin/dovecot";
// Whom the mail belongs to when root runs the server, which refuses to serve root's own: "nobody".
constexpr uid_t kNobody = 65534;

bool as_root() { return ::geteuid() == 0; }

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << bytes;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// Ports are open before there is anybody who can say who may come in.
bool signs_in(std::uint16_t port, const DovecotUser& user) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval limit{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::string said;
  const std::string login = "a LOGIN " + quoted(user.name) + " " + quoted(user.password) + "\r\n";
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(fd, login.data(), login.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(login.size())) {
    char chunk[4096];
    while (said.find("\na ") == std::string::npos) {
      const auto got = ::recv(fd, chunk, sizeof chunk, 0);
      if (got <= 0) break;
      said.append(chunk, static_cast<std::size_t>(got));
    }
  }
  ::close(fd);
  return said.find("\na OK") != std::string::npos;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> out;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(parent) + "/task")) {
    std::istringstream children(read_file(entry.path() / "children"));
    for (pid_t child = 0; children >> child;) out.push_back(child);
  }
  return out;
}

// Whoever is dead but not yet reaped by init does not.
bool runs(pid_t process) {
  const std::string stat = read_file("/proc/" + std::to_string(process) + "/stat");
  const auto name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.compare(name_end, 3, ") Z") != 0;
}

}  // namespace

std::optional<std::string> Dovecot::missing() {
  for (const char* path : {kProgram, "/usr/lib/dovecot/imap", "/usr/lib/dovecot/pop3"}) {
    if (::access(path, X_OK) != 0) return std::string(path) + " is missing: packaging/install-deps test";
  }
  if (!as_root() && (::getpwuid(::geteuid()) == nullptr || ::getgrgid(::getegid()) == nullptr)) {
    return "dovecot needs a user and a group that have names";
  }
  return std::nullopt;
}

Dovecot::Dovecot(DovecotOptions options) : options_(std::move(options)) {
  if (options_.certificate_file.empty()) {
    const auto files = authority_.issue("localhost", "DNS:localhost,IP:127.0.0.1");
    options_.certificate_file = files.certificate, options_.key_file = files.key;
  }
  // Its processes go into the folder as other users.
  fs::permissions(folder_.path(), fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  std::set<std::uint16_t> ports;  // one that was free a moment ago may be given again
  while (ports.size() < 4) ports.insert(test::free_port());
  auto port = ports.begin();
  imap_ = *port++, imaps_ = *port++, pop3_ = *port++, pop3s_ = *port;
  fs::create_directory(folder_.path() / "mail");
  own(folder_.path() / "mail");
  for (const DovecotUser& user : options_.users) {
    fs::create_directory(folder_.path() / "mail" / user.name);
    own(folder_.path() / "mail" / user.name);
    make_maildir(maildir("INBOX", user.name));
  }
  write_users();
  write_configuration();
  start();
}

Dovecot::~Dovecot() { stop(); }

void Dovecot::own(const fs::path& path) const {
  if (as_root() && ::lchown(path.c_str(), kNobody, kNobody) != 0) throw std::runtime_error("cannot give " + path.string() + " away");
}

void Dovecot::write_users() const {
  const auto uid = as_root() ? kNobody : ::geteuid();
  const auto gid = as_root() ? kNobody : ::getegid();
  std::string lines;
  for (const DovecotUser& user : options_.users) {
    lines += user.name + ":{PLAIN}" + user.password + ":" + std::to_string(uid) + ":" + std::to_string(gid) +
             "::" + (folder_.path() / "mail" / user.name).string() + "::\n";
  }
  write_file(folder_.path() / "users", lines);
  fs::permissions(folder_.path() / "users",
                  fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read);
}

void Dovecot::write_configuration() const {
  const std::string at = folder_.path().string();
  std::ostringstream out;
  out << "base_dir = " << at << "/run\nstate_dir = " << at << "/run\nlog_path = " << at
      << "/log\nprotocols = imap pop3\nlisten = 127.0.0.1\n"
      << "ssl = yes\nssl_cert = <" << options_.certificate_file << "\nssl_key = <" << options_.key_file << "\nssl_min_protocol = TLSv1.2\n"
      << "disable_plaintext_auth = no\nauth_mechanisms = plain login\nauth_failure_delay = 0\nauth_verbose = no\n"
      << "mail_location = maildir:~/Maildir\nmail_fsync = never\nmailbox_idle_check_interval = 1 secs\nmail_max_userip_connections = 200\n"
      << "first_valid_uid = 1\ndefault_vsz_limit = 1G\nmail_log_prefix = \"%s: \"\n"
      << "passdb {\n driver = passwd-file\n args = username_format=%u " << at << "/users\n}\n"
      << "userdb {\n driver = passwd-file\n args = username_format=%u " << at << "/users\n}\n"
      << "namespace inbox {\n inbox = yes\n separator = /\n}\n";
  if (!as_root()) {
    const std::string user = ::getpwuid(::geteuid())->pw_name;
    out << "default_internal_user = " << user << "\ndefault_login_user = " << user
        << "\ndefault_internal_group = " << ::getgrgid(::getegid())->gr_name << "\n";
  }
  for (const char* service : {"anvil", "stats"}) out << "service " << service << " {\n chroot =\n}\n";
  // Else each wrong password makes the next answer later.
  out << "service anvil {\n unix_listener anvil-auth-penalty {\n  mode = 0\n }\n}\n";
  const auto listener = [&](const char* name, std::uint16_t port, bool tls) {
    out << " inet_listener " << name << " {\n  port = " << port << "\n  ssl = " << (tls ? "yes" : "no") << "\n }\n";
  };
  out << "service imap-login {\n chroot =\n service_count = 0\n";
  listener("imap", imap_, false);
  listener("imaps", imaps_, true);
  out << "}\nservice pop3-login {\n chroot =\n service_count = 0\n";
  listener("pop3", pop3_, false);
  listener("pop3s", pop3s_, true);
  out << "}\nprotocol imap {\n";
  if (!options_.idle || !options_.move) {
    out << " imap_capability = IMAP4rev1 SASL-IR LITERAL+" << (options_.idle ? " IDLE" : "") << (options_.move ? " MOVE UIDPLUS" : "")
        << "\n";
  }
  out << "}\nprotocol pop3 {\n pop3_uidl_format = %08Xu%08Xv\n}\n" << options_.more << "\n";
  write_file(folder_.path() / "dovecot.conf", out.str());
}

void Dovecot::start() {
  process_.start({kProgram, "-F", "-c", (folder_.path() / "dovecot.conf").string()}, folder_.path() / "out");
  const bool up = test::wait_until([&] { return !process_.running() || signs_in(imap_, options_.users.front()); });
  if (!up || !process_.running()) throw std::runtime_error("dovecot did not come up: " + read_file(folder_.path() / "out") + log());
}

// At once and with all that it started: asked politely, it takes a second, and connections live on for many.
void Dovecot::stop() {
  if (!process_.running()) return;
  const auto children = children_of(process_.pid());
  process_.kill9();
  for (const pid_t child : children) ::kill(child, SIGKILL);
  test::wait_until([&] { return std::ranges::none_of(children, runs); });
}

std::string Dovecot::log() const { return read_file(folder_.path() / "log"); }

fs::path Dovecot::maildir(const std::string& folder, const std::string& user) const {
  const auto root = folder_.path() / "mail" / (user.empty() ? options_.users.front().name : user) / "Maildir";
  return folder == "INBOX" ? root : root / ("." + folder);
}

void Dovecot::make_maildir(const fs::path& folder) const {
  for (const auto& path : {folder, folder / "tmp", folder / "new", folder / "cur"}) {
    fs::create_directories(path);
    own(path);
  }
}

std::string Dovecot::fresh_name() {
  static std::atomic<unsigned> counter{0};
  // The order of these names is the order of delivery.
  char name[64];
  std::snprintf(name, sizeof name, "1700000000.M%09uP%d.test", ++counter, static_cast<int>(::getpid()));
  return name;
}

fs::path Dovecot::put(const std::string& eml, const std::string& folder, const std::string& user) {
  const auto box = maildir(folder, user);
  if (!fs::exists(box / "new")) make_maildir(box);
  const auto name = fresh_name();
  write_file(box / "tmp" / name, eml);
  own(box / "tmp" / name);
  fs::rename(box / "tmp" / name, box / "new" / name);
  return box / "new" / name;
}

void Dovecot::put_many(const std::string& eml, std::size_t count, const std::string& folder, const std::string& user) {
  constexpr std::size_t kMostLinks = 30'000;  // of one file, whatever the file system
  fs::path first;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % kMostLinks == 0) {
      first = put(eml, folder, user);
    } else {
      fs::create_hard_link(first, first.parent_path() / fresh_name());
    }
  }
}

std::vector<fs::path> Dovecot::files(const std::string& folder, const std::string& user) const {
  std::vector<fs::path> out;
  for (const char* part : {"new", "cur"}) {
    const auto at = maildir(folder, user) / part;
    if (!fs::exists(at)) continue;
    for (const auto& entry : fs::directory_iterator(at)) out.push_back(entry.path());
  }
  std::ranges::sort(out, {}, [](const fs::path& path) { return path.filename(); });
  return out;
}

std::vector<std::string> Dovecot::messages(const std::string& folder, const std::string& user) const {
  std::vector<std::string> out;
  for (const auto& file : files(folder, user)) out.push_back(read_file(file));
  return out;
}

// The first line of a Maildir's list of UIDs is "3 V1700000000 N12 G...".
void Dovecot::change_uidvalidity(const std::string& folder, const std::string& user) {
  stop();
  const auto list = maildir(folder, user) / "dovecot-uidlist";
  std::string text = read_file(list);
  const auto begin = text.find(" V");
  const auto end = text.find(' ', begin + 2);
  if (begin == std::string::npos || end == std::string::npos)
    throw std::runtime_error("the folder has no list of UIDs yet: " + list.string());
  text.replace(begin + 2, end - begin - 2, std::to_string(std::stoul(text.substr(begin + 2, end - begin - 2)) + 1));
  write_file(list, text);
  for (const auto& entry : fs::directory_iterator(maildir(folder, user))) {
    if (entry.path().filename().string().starts_with("dovecot.index")) fs::remove(entry.path());
  }
  start();
}

void Dovecot::change_password(const std::string& password, const std::string& user) {
  for (DovecotUser& one : options_.users) {
    if (user.empty() || one.name == user) one.password = password;
  }
  stop();  // it looks at the file once a second only
  write_users();
  start();
}

}  // namespace messo::peers
