// A private Dovecot: a real IMAP and POP3 server with its own configuration, users and Maildirs below a temporary folder, on free ports of
// 127.0.0.1, ended with the object. Runs as root and as an ordinary user.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "peers/test_certificates.hpp"
#include "scenario/support/child_process.hpp"

namespace messo::peers {

struct DovecotUser {
  std::string name, password;
};

struct DovecotOptions {
  std::vector<DovecotUser> users{{"protocollo@comune.example.it", "una parola segreta"}};
  std::string certificate_file, key_file;  // PEM; empty: one for localhost and 127.0.0.1, by ca_file()
  bool idle = true;                        // offer IDLE
  bool move = true;                        // offer MOVE and UIDPLUS
  std::string more;                        // lines of dovecot.conf
};

// Not thread-safe, but for put(). Folders are named as IMAP shows them: "INBOX", "Elaborate". Errors are std::runtime_error.
class Dovecot {
 public:
  // Why no Dovecot can be started here, for GTEST_SKIP; nothing when one can.
  static std::optional<std::string> missing();

  // Runs and takes connections when it returns.
  explicit Dovecot(DovecotOptions options = {});
  ~Dovecot();
  Dovecot(const Dovecot&) = delete;
  Dovecot& operator=(const Dovecot&) = delete;

  std::uint16_t imap_port() const { return imap_; }  // plain and STARTTLS
  std::uint16_t imaps_port() const { return imaps_; }
  std::uint16_t pop3_port() const { return pop3_; }  // plain and STLS
  std::uint16_t pop3s_port() const { return pop3s_; }
  const std::string& ca_file() const { return authority_.ca_file(); }
  TestAuthority& authority() { return authority_; }
  const DovecotUser& user() const { return options_.users.front(); }

  // Delivers a message, as a local delivery would (tmp, then new): visible at once, and to those in IDLE. `user` empty: the first one. Any
  // thread. Returns its file.
  std::filesystem::path put(const std::string& eml, const std::string& folder = "INBOX", const std::string& user = "");
  // The same file many times, each with its own name, as hard links: quick, little disk. The server believes them to be different messages.
  void put_many(const std::string& eml, std::size_t count, const std::string& folder = "INBOX", const std::string& user = "");
  // The folder's files, in the order of delivery; flags are in their names, after ":2,".
  std::vector<std::filesystem::path> files(const std::string& folder = "INBOX", const std::string& user = "") const;
  std::vector<std::string> messages(const std::string& folder = "INBOX", const std::string& user = "") const;
  std::filesystem::path maildir(const std::string& folder = "INBOX", const std::string& user = "") const;

  // The server is stopped, the folder gets another UIDVALIDITY (the same UIDs), the server runs again on the same ports.
  void change_uidvalidity(const std::string& folder = "INBOX", const std::string& user = "");
  // Of all users, if none is named. The server runs again, as above.
  void change_password(const std::string& password, const std::string& user = "");
  void stop();   // with all its connections
  void start();  // again, on the same ports
  pid_t pid() const { return process_.pid(); }
  std::string log() const;

 private:
  void write_configuration() const;
  void write_users() const;
  void make_maildir(const std::filesystem::path& folder) const;
  void own(const std::filesystem::path& path) const;
  std::string fresh_name();

  DovecotOptions options_;
  TestAuthority authority_;
  test::TempFolder folder_;
  std::uint16_t imap_ = 0, imaps_ = 0, pop3_ = 0, pop3s_ = 0;
  test::ChildProcess process_;
};

}  // namespace messo::peers
