// From leased to handed over: render, make the hand-over durable where a doubt would cost, give to the provider. Dispatch thread only.
#pragma once
#include <span>
#include <vector>

#include "base/log.hpp"
#include "dispatch/recorder.hpp"
#include "dispatch/renderer.hpp"

namespace messo {

class Submitter {
 public:
  struct Parts {
    Store& store;
    MessageRenderer& renderer;
    Recorder& recorder;
    InHand& in_hand;
    ProviderBoard& board;
    DispatchMetrics& metrics;
    const Clock& clock;
    Log& log;
  };
  explicit Submitter(Parts parts) : parts_(parts) {}

  // Takes care of every one of `leased`: each ends submitted, or with an outcome of ours in the recorder (refused "render_failed",
  // "no_address", "test_provider_not_simulated", "sms_alias_not_registered"; try_later "render_unavailable", "provider_busy",
  // "provider_gone"; unknown "submit_failed").
  void submit(std::vector<LeasedDelivery> leased, std::span<const Candidate> candidates, const DirectorySnapshot& directory);

 private:
  struct Ready {
    std::vector<OutgoingMessage> messages;
    std::vector<InHandAttempt> attempts;  // of all that were leased, the failed ones too
    std::vector<std::pair<AttemptId, Outcome>> failed;
  };
  void submit_to(const ProviderPortPtr& port, std::vector<LeasedDelivery> leased, const DirectorySnapshot& directory);
  Ready prepare(const ProviderPort& port, std::vector<LeasedDelivery> leased, const DirectorySnapshot& directory);
  // `default_sender`: what the provider sends with where the message names no sender (SMS).
  Result<OutgoingMessage> make(const ProviderPort& port, const std::string& default_sender, LeasedDelivery&& delivery,
                               const DirectorySnapshot& directory, InHandAttempt& attempt);
  // How the attempt ends whose message could not be made; the operator is told why.
  Outcome not_made(const Error& error, const InHandAttempt& attempt);
  // Leaves in `messages` those that may be submitted.
  void hand_over(ProviderId provider, std::vector<OutgoingMessage>& messages);
  void give(const ProviderPortPtr& port, std::span<OutgoingMessage> messages);
  void answer_for(ProviderId provider, std::span<const OutgoingMessage> messages, const Outcome& outcome);

  Parts parts_;
};

}  // namespace messo
