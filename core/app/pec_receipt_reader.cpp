#include "app/pec_receipt_reader.hpp"

#include <map>
#include <nlohmann/json.hpp>

#include "base/guarded.hpp"
#include "pec_receipt/receipt.hpp"

namespace messo {
namespace {

constexpr std::size_t kKnownRoots = 64;

// The file of authorities in a provider's settings; "" when there is none.
std::string roots_of(const Provider* provider) {
  if (provider == nullptr) return {};
  const auto config = nlohmann::json::parse(provider->config_json, nullptr, false);
  if (!config.is_object()) return {};
  const auto at = config.find("roots");
  return at != config.end() && at->is_string() ? at->get<std::string>() : std::string();
}

// Loaded once each, also that they could not be: then the signature is not checked, and why is the reason.
class KnownTrust {
 public:
  std::shared_ptr<const Result<pec::Trust>> of(const std::string& file) {
    return loaded_.with([&](auto& all) {
      auto& kept = all[file];
      if (!kept) kept = std::make_shared<const Result<pec::Trust>>(file.empty() ? pec::Trust::agid_ca1() : pec::Trust::load(file));
      auto out = kept;
      if (!*out || all.size() > kKnownRoots) all.erase(file);
      return out;
    });
  }

 private:
  Guarded<std::map<std::string, std::shared_ptr<const Result<pec::Trust>>>> loaded_;
};

ReceiptMeaning meaning_of(const pec::PecMessage& message) {
  ReceiptMeaning out;
  out.kind = pec::to_text(message.kind);
  out.final = message.final;
  out.verification = pec::to_text(message.verification);
  out.reason = message.verification_reason;
  out.code = message.code;
  out.message_id = message.message_id;
  out.identificativo = message.identificativo;
  out.recipient = message.recipient;
  if (out.recipient.empty() && message.recipients.size() == 1) out.recipient = message.recipients.front().address;
  out.sender = message.sender;
  out.provider = message.provider;
  out.error = message.errore_esteso;
  out.at_original = message.at_original;
  if (message.at_ms != 0) out.at = from_unix_ms(message.at_ms);
  out.extract = message.daticert;
  return out;
}

}  // namespace

decltype(MaterialReader::receipt) make_pec_receipt_reader(const std::filesystem::path& roots) {
  const auto known = std::make_shared<KnownTrust>();
  return [known, fallback = roots.string()](const Provider* provider, std::string_view original) -> std::optional<ReceiptMeaning> {
    const std::string named = roots_of(provider);
    const auto trust = known->of(named.empty() ? fallback : named);
    const auto message = pec::read_message(original, *trust ? &**trust : nullptr);
    if (message.kind == pec::Kind::not_pec) return {};
    auto out = meaning_of(message);
    if (!*trust) out.reason = trust->error().message;
    return out;
  };
}

}  // namespace messo
