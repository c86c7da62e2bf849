// Has messages kept as they are sent that are none, are not its own, or went already; the code it got is told in the outcome.
#include "bad_plugin.hpp"

namespace {

std::int32_t keep(const messo_id& attempt, messo_str bytes, messo_str value = {"1@example.it", 12}) {
  const messo_reference reference{sizeof reference, 0, bad::str("message-id"), value};
  const messo_reference* const references[] = {&reference};
  return bad::host->keep_as_sent(bad::host->ctx, &attempt, bytes, references, 1);
}

void answer_with(const messo_id& attempt, std::int32_t given) {
  const std::string code = "zoo.code" + std::to_string(given);
  messo_outcome out = bad::outcome_for(attempt);
  out.code = {code.data(), code.size()};
  bad::host->on_outcome(bad::host->ctx, &out);
}

std::int32_t misuse(const std::string& how, const messo_id& attempt) {
  static const std::string kLong(999, 'v');
  const messo_str text = bad::str("Subject: avviso\r\n\r\n");
  if (how == "foreign") {
    messo_id other = attempt;
    other.bytes[15] ^= 1;
    return keep(other, text);
  }
  if (how == "nobody") return bad::host->keep_as_sent(bad::host->ctx, nullptr, text, nullptr, 0);
  if (how == "empty") return keep(attempt, {nullptr, 0});
  if (how == "nothing") return bad::host->keep_as_sent(bad::host->ctx, &attempt, {nullptr, 0}, nullptr, 0);
  if (how == "null") return keep(attempt, {nullptr, 17});
  if (how == "too_large") return keep(attempt, {text.ptr, (std::size_t{128} << 20) + 1});  // refused before it is read
  if (how == "long_reference") return keep(attempt, text, {kLong.data(), kLong.size()});
  if (how == "empty_reference") return keep(attempt, text, {nullptr, 0});
  if (how == "no_references") return bad::host->keep_as_sent(bad::host->ctx, &attempt, text, nullptr, 3);
  if (how == "too_many") {
    static const messo_reference kOne{sizeof kOne, 0, bad::str("id"), bad::str("1")};
    static const std::vector<const messo_reference*> kMany(1000, &kOne);
    return bad::host->keep_as_sent(bad::host->ctx, &attempt, text, kMany.data(), kMany.size());
  }
  return keep(attempt, text);
}

void keep_afterwards(const messo_id& attempt) {
  answer_with(attempt, MESSO_OK);
  const std::string told = "keep_afterwards" + std::to_string(keep(attempt, bad::str("Subject: avviso\r\n\r\n")));
  bad::host->log(bad::host->ctx, MESSO_LOG_INFO, {told.data(), told.size()}, bad::str("an answer"));
}

}  // namespace

BAD_ENTRY {
  auto table = bad::good_table("keeps_what_is_not_its_own");
  table.submit = [](messo_instance*, const messo_message* const* batch, std::size_t count) -> std::int32_t {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string how(batch[i]->to.ptr, batch[i]->to.len);
      if (how.find('@') != std::string::npos) {
        keep_afterwards(batch[i]->attempt);
      } else {
        answer_with(batch[i]->attempt, misuse(how, batch[i]->attempt));
      }
    }
    return MESSO_OK;
  };
  return bad::keep(table);
}
