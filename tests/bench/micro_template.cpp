// Rendering a municipality's message, and what sharing the compiled version saves.
#include <benchmark/benchmark.h>

#include "template/compiled_version.hpp"
#include "template/data_validation.hpp"
#include "template/template_source.hpp"

namespace messo {
namespace {

const TemplateDefinition& definition() {
  static const auto loaded = load_template("templates/avvio-procedimento").value();
  return loaded;
}
const CompiledVersion& version() {
  static const auto compiled = CompiledVersion::compile(definition()).value();
  return *compiled;
}

void render_email(benchmark::State& state) {
  const auto data = example_data(definition().variables);
  for (auto _ : state) benchmark::DoNotOptimize(version().render(Channel::email, "it", data));
}
BENCHMARK(render_email);

void render_sms(benchmark::State& state) {
  const auto data = example_data(definition().variables);
  for (auto _ : state) benchmark::DoNotOptimize(version().render(Channel::sms, "it", data));
}
BENCHMARK(render_sms);

void render_email_from_stored_json(benchmark::State& state) {
  const auto data = example_data(definition().variables).dump();
  for (auto _ : state) benchmark::DoNotOptimize(render_message(version(), Channel::email, "it", data));
}
BENCHMARK(render_email_from_stored_json);

void compile_html_part(benchmark::State& state) {
  const auto& source = definition().files.at("it/email.html.mustache");
  for (auto _ : state) benchmark::DoNotOptimize(CompiledTemplate::compile(source, {.name = "html", .message = true}));
}
BENCHMARK(compile_html_part);

void compile_version_from_definition(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(CompiledVersion::compile(definition()));
}
BENCHMARK(compile_version_from_definition);

void validate_posted_data(benchmark::State& state) {
  const auto data = example_data(definition().variables);
  for (auto _ : state) benchmark::DoNotOptimize(validate_data(data, definition().variables));
}
BENCHMARK(validate_posted_data);

}  // namespace
}  // namespace messo
