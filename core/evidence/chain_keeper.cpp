#include "evidence/chain_keeper.hpp"

#include <pthread.h>

namespace messo {

Result<SigningKey> open_signing_key(EvidenceChain& store) {
  const auto seed = store.signing_seed(SigningKey::make_seed());
  if (!seed) return fail(Error(seed.error()));
  return SigningKey::from_seed(*seed);
}

ChainKeeper::ChainKeeper(ChainOptions options, EvidenceChain& store, const SigningKey& key, const Clock& clock, Log& log)
    : options_(options), store_(store), key_(key), clock_(clock), log_(log) {}

ChainKeeper::~ChainKeeper() { stop(); }

void ChainKeeper::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void ChainKeeper::stop() {
  stopping_ = true;
  bell_.ring();
  if (thread_.joinable()) thread_.join();
}

void ChainKeeper::run() {
  pthread_setname_np(pthread_self(), "evidence");
  while (!stopping_) {
    turn_and_tell(false);
    if (!stopping_) bell_.wait(options_.every);
  }
  turn_and_tell(true);
}

void ChainKeeper::turn_and_tell(bool all) {
  const auto done = turn(all);
  if (done) {
    failing_ = false;
    return;
  }
  if (std::exchange(failing_, true)) return;
  log_.warning("MSO-3060", "evidence cannot be chained for now and is tried again; nothing of it is lost. Check the disk",
               {{"code", done.error().code}, {"detail", done.error().detail}});
}

Result<std::size_t> ChainKeeper::turn(bool all) {
  const std::scoped_lock hold(one_at_a_time_);
  const auto waiting = store_.unchained();
  if (!waiting) return fail(Error(waiting.error()));
  std::size_t closed = 0;
  for (const UnchainedEvidence& organisation : *waiting) {
    const auto done = close_segments(organisation, all);
    if (!done) return fail(Error(done.error()));
    closed += *done;
  }
  return closed;
}

Result<std::size_t> ChainKeeper::close_segments(const UnchainedEvidence& waiting, bool all) {
  const Instant now = clock_.now();
  // A clock set back must not keep a segment open for as long as it was set back.
  const bool due = all || now - waiting.oldest >= options_.age || waiting.oldest > now;
  std::uint64_t left = waiting.count;
  std::size_t closed = 0;
  while (left >= options_.leaves || (due && left > 0)) {
    const auto entries = store_.unchained_of(waiting.organisation, options_.leaves);
    if (!entries) return fail(Error(entries.error()));
    if (entries->empty()) return closed;
    const auto last = store_.last_segment(waiting.organisation);
    if (!last) return fail(Error(last.error()));
    const EvidenceSegment segment = make_segment(*last ? &**last : nullptr, *entries, key_, clock_.now());
    if (Status stored = store_.close_segment(segment, *entries); !stored) {
      // Retention took an entry meanwhile, or another node was faster: the next look sees what there is.
      if (stored.error().kind == ErrorKind::conflict) return closed;
      return fail(std::move(stored.error()));
    }
    // In the system's journal the digest is out of reach of whoever can write the database.
    log_.info("MSO-3061", "A segment of the evidence chain is closed.",
              {{"organisation", segment.organisation.to_string()},
               {"segment", std::to_string(segment.number)},
               {"entries", std::to_string(segment.count)},
               {"sha256", to_hex(as_text(sha256(segment_text(segment))))}});
    ++closed;
    left -= std::min<std::uint64_t>(left, entries->size());
  }
  return closed;
}

}  // namespace messo
