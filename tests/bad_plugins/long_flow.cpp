// A flow of several steps that leaves its message half done: what it checkpointed is all it gets back when it is resumed. Checkpoints that
// are none are told by their code in the outcome.
#include <cstdlib>

#include "bad_plugin.hpp"

namespace {

std::int32_t checkpoint(const messo_id& attempt, const std::string& bytes) {
  return bad::host->checkpoint(bad::host->ctx, &attempt, {bytes.data(), bytes.size()});
}

void answer_with(const messo_id& attempt, const std::string& code) {
  messo_outcome out = bad::outcome_for(attempt);
  out.code = {code.data(), code.size()};
  bad::host->on_outcome(bad::host->ctx, &out);
}

std::int32_t begin_flow(messo_instance*, const messo_message* const* batch, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const messo_id& attempt = batch[i]->attempt;
    const std::string to(batch[i]->to.ptr, batch[i]->to.len);
    if (to == "too_large") {
      answer_with(attempt, "zoo.code" + std::to_string(checkpoint(attempt, std::string(65'537, 'x'))));
    } else if (to == "foreign") {
      messo_id other = attempt;
      other.bytes[15] ^= 1;
      answer_with(attempt, "zoo.code" + std::to_string(checkpoint(other, "x")));
    } else if (checkpoint(attempt, std::string("uploaded\0as 17", 14)) != MESSO_OK) {
      bad::answer(attempt, MESSO_UNKNOWN);
    }
  }
  return MESSO_OK;
}

std::int32_t go_on(messo_instance*, const messo_message* message, messo_str bytes) {
  const std::string kept(bytes.ptr, bytes.len);
  if (kept == "crash") std::abort();
  if (kept == "busy") return MESSO_E_BUSY;
  answer_with(message->attempt, kept == std::string("uploaded\0as 17", 14) ? "zoo.resumed" : "zoo.not_my_checkpoint");
  return MESSO_OK;
}

std::int32_t take_back(messo_instance*, const messo_id* attempt) { return answer_with(*attempt, "zoo.cancelled"), MESSO_OK; }

std::int32_t cost(messo_instance*, const messo_message* message, std::uint64_t* units, messo_buffer* report) {
  const bool endless = std::string(message->to.ptr, message->to.len) == "unmeasurable";
  const std::string sentence = endless ? "it has no end" : "counted";
  std::memcpy(report->ptr, sentence.data(), sentence.size());
  report->len = sentence.size();
  *units = message->to.len;
  return endless ? MESSO_E_INVALID : MESSO_OK;
}

constexpr messo_resume_v1 kResume{sizeof kResume, &go_on};
constexpr messo_cancel_v1 kCancel{sizeof kCancel, &take_back};
constexpr messo_measure_v1 kMeasure{sizeof kMeasure, &cost};

}  // namespace

BAD_ENTRY {
  auto table = bad::good_table("long_flow");
  table.submit = &begin_flow;
  return bad::keep_with(table, {{"resume/1", &kResume}, {"cancel/1", &kCancel}, {"measure/1", &kMeasure}});
}
