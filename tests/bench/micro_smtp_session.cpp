// What one message costs our SMTP session: one connection, a 5 KB message, the scripted peer in the same process but on its own thread.
// cpu_time is that of the sending thread alone.
#include <benchmark/benchmark.h>

#include <atomic>

#include "mail/mime_builder.hpp"
#include "mail/smtp_session.hpp"
#include "peers/smtp_peer.hpp"

namespace {

using namespace messo;
using namespace messo::mail;

MailContent sample() {
  MailContent content;
  content.delivery = Uuid::parse("0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071").value();
  content.date = from_unix_ms(1'780'000'000'000);
  content.from = parse_mailbox("Comune di Esempio <noreply@comune.example.it>").value();
  content.to = parse_mailbox("Mario Rossi <mario.rossi@example.it>").value();
  content.subject = "Avvio del procedimento n. 123/2026";
  for (int i = 0; i < 18; ++i)
    content.text += "La informiamo che la Sua pratica è stata presa in carico dall'ufficio competente di questo Comune.\n";
  content.html = "<html lang=\"it\"><body>";
  for (int i = 0; i < 24; ++i) content.html += "<p>La informiamo che la Sua pratica è stata presa in carico dall'ufficio competente.</p>\n";
  content.html += "</body></html>";
  return content;
}

void build(benchmark::State& state) {
  const auto content = sample();
  std::size_t size = 0;
  for (auto _ : state) size = build_mail(content).value().bytes.size();
  state.counters["bytes"] = static_cast<double>(size);
}
BENCHMARK(build);

void send(benchmark::State& state, bool announced, std::vector<std::string> capabilities) {
  peers::SmtpPeerOptions options;
  options.keep = peers::SmtpPeerOptions::Keep::counts;
  options.capabilities = std::move(capabilities);
  peers::SmtpPeer peer(options);
  SmtpSettings settings;
  settings.host = "127.0.0.1";
  settings.port = peer.port();
  settings.tls = TlsMode::none;
  const std::atomic<bool> stop{false};
  SmtpSession session(settings, {}, stop);
  if (session.open()) state.SkipWithError("cannot connect");
  const auto mail = build_mail(sample()).value();
  const OutgoingMail outgoing{"noreply@comune.example.it", "mario.rossi@example.it", mail.bytes, "", false};
  for (auto _ : state) {
    if (!session.send(outgoing, announced ? &outgoing : nullptr).sent()) state.SkipWithError("not sent");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(send, announced, true, {"PIPELINING", "SIZE 52428800", "8BITMIME"})->UseRealTime();
BENCHMARK_CAPTURE(send, pipelined, false, {"PIPELINING", "SIZE 52428800", "8BITMIME"})->UseRealTime();
BENCHMARK_CAPTURE(send, step_by_step, false, {"8BITMIME"})->UseRealTime();

}  // namespace
