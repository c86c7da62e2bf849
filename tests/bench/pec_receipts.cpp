// Receipts of certified mail that wait in one mailbox, worked off: a real Dovecot over TLS, real signatures, each receipt verified, matched
// with a message that was sent, its original kept. Rate, hub CPU, memory.
//   pec_receipts [--receipts N] [--kills N] [--json]
// Two receipts a message: accettazione and avvenuta consegna. --kills: so many times, evenly spread, the hub dies (kill -9) meanwhile.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "bench/bench_program.hpp"
#include "peers/dovecot.hpp"
#include "peers/pec_mint.hpp"
#include "peers/pec_submission.hpp"
#include "scenario/support/town.hpp"
#include "support/load_client.hpp"
#include "support/process_figures.hpp"

namespace {

namespace fs = std::filesystem;
using namespace messo;
using namespace messo::test;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kMailbox = "protocollo@pec.comune.example.it";
constexpr auto kPassword = "segreta-prova";

struct Arguments {
  std::size_t receipts = 10'000;
  std::size_t kills = 0;
  bool json = false;
  std::size_t messages() const { return receipts / 2; }
};

Arguments parse(int count, char** words) {
  Arguments a;
  read_bench_words(count, words, {{"--receipts", &a.receipts}, {"--kills", &a.kills}, {"--json", &a.json}},
                   "pec_receipts [--receipts N] [--kills N] [--json]");
  if (a.messages() == 0) throw std::invalid_argument("--receipts: two at least");
  return a;
}

peers::Dovecot for_users(std::vector<peers::DovecotUser> users) {
  peers::DovecotOptions options;
  options.users = std::move(users);
  return peers::Dovecot(std::move(options));
}

// The sender's provider: takes messages and makes their receipts, which come into the mailbox all at once.
class Provider {
 public:
  Provider() : waiting_(dovecot_.maildir() / "waiting") {
    fs::create_directory(waiting_);
    const auto certificate = dovecot_.authority().issue("smtp", "DNS:localhost,IP:127.0.0.1");
    peers::SmtpPeerOptions options;
    options.tls = peers::SmtpPeerOptions::Tls::implicit;
    options.certificate_file = certificate.certificate, options.key_file = certificate.key;
    options.auth_mechanisms = "PLAIN LOGIN";
    options.accounts[kMailbox] = kPassword;
    options.keep = peers::SmtpPeerOptions::Keep::counts;
    options.judge = [this](peers::SmtpStage stage, const peers::StoredMail& mail) {
      if (stage == peers::SmtpStage::final) answer(mail);
      return std::string();
    };
    smtp_ = std::make_unique<peers::SmtpPeer>(std::move(options));
  }

  std::string entry() const {
    const auto quoted = [](const std::string& text) { return "\"" + text + "\"\n"; };
    const std::string host = "host = \"127.0.0.1\"\nport = ";
    return "[[provider]]\nkey = \"pec\"\nplugin = \"pec\"\nchannel = \"pec\"\n[provider.config]\nfrom = " + quoted(kMailbox) + host +
           std::to_string(smtp_->port()) + "\nca_file = " + quoted(dovecot_.ca_file()) + "password = " + quoted(kPassword) +
           "roots = " + quoted(mint_.roots_file()) + "\n[provider.config.mailbox]\n" + host + std::to_string(dovecot_.imaps_port()) +
           "\npoll_seconds = 1\n";
  }
  void file_all() const {
    for (const auto& one : fs::directory_iterator(waiting_)) fs::rename(one.path(), dovecot_.maildir() / "new" / one.path().filename());
  }

 private:
  void answer(const peers::StoredMail& mail) {
    auto submission = peers::read_submission(mail, kMailbox, 100'000'000);
    if (!submission.refusal.empty()) throw std::runtime_error("the message is not formed as it must be: " + submission.refusal);
    const std::scoped_lock one_at_a_time(mutex_);
    submission.identificativo = mint_.new_identificativo();
    const auto& rule = peers::pec_rule_for(mail.recipient);
    const auto taken = std::make_shared<const peers::PecSubmission>(std::move(submission));
    for (const auto& one : rule.answers) {
      const auto bytes = mint_.make({one, mail.recipient, false, taken, std::chrono::system_clock::now()});
      char name[64];
      std::snprintf(name, sizeof name, "1700000000.M%09zuP1.bench", ++made_);
      std::ofstream(waiting_ / name, std::ios::binary) << bytes;
    }
  }

  peers::Dovecot dovecot_ = for_users({{kMailbox, kPassword}});
  peers::PecMint mint_;
  const fs::path waiting_;
  std::mutex mutex_;
  std::size_t made_ = 0;
  std::unique_ptr<peers::SmtpPeer> smtp_;  // ends first
};

struct Figures {
  double seconds = 0, cpu_seconds = 0;
  std::uint64_t peak_anonymous_bytes = 0;
};

class Hub {
 public:
  Hub() : daemon_("[log]\nlevel = \"warning\"\n") {}

  // Ends the hub again: it comes back to a full mailbox.
  void send(const Provider& provider, std::size_t messages) {
    daemon_.start();
    const Town town = found_town(daemon_, {});
    const auto file = daemon_.folder() / "pec.toml";
    std::ofstream(file) << provider.entry();
    daemon_.must({"apply", file.string(), "--yes"});
    const auto job = [](std::size_t i) {
      const auto number = std::to_string(i);
      return notice_job("cittadino." + number + "@pec.cittadini.example.it", "B-" + number);
    };
    if (!post_jobs({.port = daemon_.port(), .key = town.key, .connections = 8, .give_up_after = kLimit}, messages, job).complete)
      throw std::runtime_error("not all messages were accepted");
    const auto sent = [&] { return metric("messo_queue_depth", "awaiting_receipt") >= static_cast<double>(messages); };
    if (!wait_until(sent, kLimit)) throw std::runtime_error("not all messages were sent:\n" + daemon_.log());
    if (daemon_.stop() != 0) throw std::runtime_error("the hub did not end well:\n" + daemon_.log());
  }

  // From the start of the program to the last receipt.
  Figures read(const Arguments& arguments) {
    Figures out;
    const auto begin = SteadyClock::now();
    daemon_.start();
    std::size_t kills = 0;
    ProcessFigures now;
    const auto watched = [&] {
      now = figures_of(daemon_.pid());
      out.peak_anonymous_bytes = std::max(out.peak_anonymous_bytes, now.anonymous_bytes);
      if (SteadyClock::now() < next_look_) return false;
      next_look_ = SteadyClock::now() + kBetweenLooks;
      const auto delivered = books().at("closed").value("delivered", std::uint64_t{0});
      if (kills < arguments.kills && delivered * (arguments.kills + 1) >= (kills + 1) * arguments.messages()) {
        ++kills;
        out.cpu_seconds += now.cpu_seconds;
        daemon_.kill9();
        daemon_.start();
      }
      return delivered >= arguments.messages();
    };
    if (!wait_until(watched, kLimit)) throw std::runtime_error("not all receipts were read: " + books().dump() + "\n" + daemon_.log());
    out.cpu_seconds += now.cpu_seconds;
    out.seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    return out;
  }

  // Throws when a receipt is missing, or was counted twice.
  void check(const Arguments& arguments) {
    const auto end = books();
    if (!end.at("balanced") || end.at("open") != 0) throw std::runtime_error("the books do not balance: " + end.dump());
    if (!arguments.kills && metric("messo_receipts_total", "\"received\"") != static_cast<double>(2 * arguments.messages()))
      throw std::runtime_error("receipts were read twice, or not at all");
    const auto unmatched = nlohmann::json::parse(daemon_.admin("GET", "/v1/admin/receipts?unmatched=true").body).at("items");
    if (!unmatched.empty() || metric("messo_receipts_quarantined", "") != 0) throw std::runtime_error("receipts belong to no message");
  }

 private:
  static constexpr Seconds kLimit{7'200};
  static constexpr Millis kBetweenLooks{500};

  nlohmann::json books() const { return nlohmann::json::parse(daemon_.admin("GET", "/v1/admin/books").body); }
  // The sum of those lines of /metrics.
  double metric(const std::string& name, const std::string& label) const {
    std::istringstream lines(daemon_.admin("GET", "/metrics").body);
    double sum = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(name) && line.find(label) != std::string::npos) sum += std::stod(line.substr(line.rfind(' ') + 1));
    }
    return sum;
  }

  Daemon daemon_;
  SteadyClock::time_point next_look_{};
};

void pec_receipts(const Arguments& arguments) {
  Provider provider;
  Hub hub;
  hub.send(provider, arguments.messages());
  provider.file_all();
  const Figures figures = hub.read(arguments);
  hub.check(arguments);
  const auto receipts = static_cast<double>(2 * arguments.messages());
  print_figures({{"receipts", 2 * arguments.messages()},
                 {"kills", arguments.kills},
                 {"receipts_per_s", receipts / figures.seconds},
                 {"hub_cpu_us_per_receipt", figures.cpu_seconds * 1e6 / receipts},
                 {"peak_anon_mib", static_cast<double>(figures.peak_anonymous_bytes) / 1048576}},
                arguments.json);
}

}  // namespace

int main(int count, char** words) {
  return run_bench([&] { pec_receipts(parse(count, words)); });
}
