// What one message costs beside the store and the network, stage by stage: the job of `end_to_end` on its way from the request's body to
// the bytes of the mail. Where the machine is noisy, count instructions: valgrind --tool=callgrind, with this for one stage:
//   --toggle-collect='messo::(anonymous namespace)::accepted_job*' build/bench/micro_message --benchmark_filter=^accept
#include <benchmark/benchmark.h>

#include "api/job_check.hpp"
#include "api/json_input.hpp"
#include "channel/border_values.hpp"
#include "dispatch/message_builder.hpp"
#include "mail/border_mail.hpp"
#include "mail/mime_encoding.hpp"
#include "scenario/support/town.hpp"
#include "template/template_source.hpp"

namespace messo {
namespace {

// One organisation with one service, and the template that the job names.
struct Town {
  Organisation organisation;
  Service service;
  api::Caller caller;
  api::CatalogueEntry entry;
  DirectorySnapshot directory;
  Instant now = from_unix_ms(1'780'000'000'000);

  Town() {
    organisation.key = "comune";
    organisation.name = "Comune di Esempio";
    organisation.hmac_key = Secret(std::string(32, 'k'));
    service.key = "anagrafe";
    service.senders[Channel::email] = {"anagrafe@comune.example.it", "Anagrafe", {}};
    const auto definition = load_template("templates/appuntamento-promemoria").value();
    entry.version = to_version(definition);
    entry.compiled = CompiledVersion::compile(definition).value();
    directory.organisations[organisation.id] = organisation;
    directory.services[service.id] = service;
    caller.organisation = &organisation;
    caller.service = &service;
  }
};
const Town& town() {
  static const Town made;
  return made;
}
const std::string& body() {
  static const std::string text = test::reminder_job("cittadino4711@example.it", "B-4711");
  return text;
}

NewNotification accepted_job(const std::string& text) {
  api::Findings findings;
  auto draft = api::parse_job(api::parse_json(text).value(), {}, "IT", town().now, findings);
  return api::check_job(draft, town().entry, town().caller, town().now, findings).value().notification;
}

LeasedDelivery lease(const NewNotification& accepted) {
  LeasedDelivery out;
  out.delivery = accepted.delivery.id;
  out.language = accepted.language;
  out.accepted_at = accepted.accepted_at;
  out.expires_at = accepted.delivery.expires_at;
  out.reference = accepted.reference;
  out.content = {accepted.recipient, accepted.data_json, {}};
  return out;
}

OutgoingMessage dispatched(LeasedDelivery&& leased) {
  auto rendered = render_message(*town().entry.compiled, leased.channel, leased.language, leased.content.data_json).value();
  benchmark::DoNotOptimize(content_hash(rendered));
  std::vector<OutgoingPart> parts;
  for (auto& part : rendered.parts) parts.push_back({std::move(part.name), std::move(part.content_type), std::move(part.body)});
  return build_message(std::move(leased), std::move(parts), town().directory).value();
}

std::string wire_of(const plugin::Message& message) {
  const auto content = mail::content_of(message, {}, plugin::Host(nullptr), "smtp").value();
  const auto built = mail::build_or_refuse(content, "smtp").value();
  std::string wire;
  mail::append_dot_stuffed(wire, built.bytes);
  return wire;
}

void accept(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(accepted_job(body()));
}
BENCHMARK(accept);

void dispatch(benchmark::State& state) {
  const auto leased = lease(accepted_job(body()));
  for (auto _ : state) benchmark::DoNotOptimize(dispatched(LeasedDelivery(leased)));
}
BENCHMARK(dispatch);

void border(benchmark::State& state) {
  const std::vector<OutgoingMessage> batch(32, dispatched(lease(accepted_job(body()))));
  while (state.KeepRunningBatch(32)) {
    const BorderBatch raw(batch);
    for (std::size_t i = 0; i < raw.size(); ++i) benchmark::DoNotOptimize(plugin::OwnedMessage(*raw.data()[i]));
  }
}
BENCHMARK(border);

void write_mail(benchmark::State& state) {
  const std::vector<OutgoingMessage> one(1, dispatched(lease(accepted_job(body()))));
  const BorderBatch raw(one);
  std::size_t size = 0;
  for (auto _ : state) size = wire_of(plugin::Message(*raw.data())).size();
  state.counters["bytes"] = static_cast<double>(size);
}
BENCHMARK(write_mail);

void identify(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(DeliveryId::make(town().now));
}
BENCHMARK(identify);

void hash(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(sha256(body()));
}
BENCHMARK(hash);

void authenticate_address(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(api::address_hmac(town().organisation, Channel::email, "cittadino4711@example.it"));
}
BENCHMARK(authenticate_address);

}  // namespace
}  // namespace messo
