// The Italian page. What it says of each receipt is for citizens, lawyers and officials: no codes without words.
#include <algorithm>

#include "evidence/index.hpp"
#include "evidence_page_mustache.hpp"
#include "template/mustache.hpp"
#include "template/variable.hpp"

namespace messo {
namespace {

using Json = nlohmann::json;

std::string word(const EvidenceJson& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}
const EvidenceJson& part(const EvidenceJson& object, const char* name) {
  static const EvidenceJson kNone = EvidenceJson::object();
  const auto at = object.find(name);
  return at != object.end() ? *at : kNone;
}

// {"text": "22 novembre 2026 alle ore 14:30", "utc": "2026-11-22T13:30:00.000Z"}; null for no time.
Json when(const std::string& rfc3339) {
  const auto at = parse_rfc3339(rfc3339);
  if (!at || to_unix_ms(*at) == 0) return nullptr;
  Variable variable;
  variable.type = VariableType::datetime;
  std::string text;
  if (format_value(rfc3339, variable, {}, {}, text)) text = rfc3339;
  return {{"text", text}, {"utc", rfc3339}};
}

struct Words {
  std::string_view key, title, sentence;
};

constexpr Words kOutcomes[] = {
    {"delivered", "Consegnato", "Una ricevuta attesta che il messaggio è stato consegnato al destinatario."},
    {"undelivered", "Non consegnato", "Una ricevuta attesta che il messaggio non è stato consegnato al destinatario."},
    {"sent", "Inviato", "Il messaggio è stato affidato al gestore; il canale non dà altre ricevute."},
    {"awaiting_receipt", "In attesa di ricevuta",
     "Il messaggio è stato affidato al gestore; la ricevuta che dice l'esito non è ancora arrivata."},
    {"no_outcome", "Nessun esito",
     "Il messaggio è stato affidato al gestore, ma entro i tempi previsti nessuna ricevuta ne ha detto l'esito."},
    {"in_doubt", "Da verificare",
     "Il collegamento con il gestore si è interrotto: non è ancora certo se il messaggio sia stato accettato."},
    {"queued", "In lavorazione", "Il messaggio non ha ancora un esito."},
    {"refused", "Rifiutato", "Il gestore non ha accettato il messaggio."},
    {"expired", "Scaduto", "Il tempo utile per l'invio è passato."},
    {"cancelled", "Annullato", "L'invio è stato annullato dall'ente."},
    {"suppressed", "Non inviato", "L'indirizzo è tra quelli a cui l'ente non scrive più su questo canale."},
    {"simulated", "Simulato", "Il messaggio è stato trattato in modalità di prova e non è stato inviato."},
};

constexpr Words kReceiptKinds[] = {
    {"accettazione", "Ricevuta di accettazione",
     "Il gestore PEC del mittente attesta di aver accettato il messaggio e di averlo inviato. È la prova legale dell'invio, non della "
     "consegna."},
    {"non-accettazione", "Avviso di non accettazione", "Il gestore PEC del mittente ha respinto il messaggio: il messaggio non è partito."},
    {"presa-in-carico", "Ricevuta di presa in carico",
     "Il gestore PEC del destinatario attesta di aver ricevuto il messaggio dal gestore del mittente."},
    {"avvenuta-consegna", "Ricevuta di avvenuta consegna",
     "Il gestore PEC del destinatario attesta che il messaggio è nella casella del destinatario. È la prova legale della consegna, anche "
     "se il "
     "messaggio non viene letto."},
    {"errore-consegna", "Avviso di mancata consegna", "Un gestore PEC attesta che il messaggio non è stato consegnato."},
    {"preavviso-errore-consegna", "Avviso di mancata consegna per superamento dei tempi",
     "Nelle prime 12 ore il gestore del mittente non ha avuto notizia della consegna. La consegna può ancora avvenire."},
    {"rilevazione-virus", "Avviso di rilevazione di virus", "Un gestore PEC ha rilevato un virus nel messaggio."},
    {"posta-certificata", "Busta di trasporto", "È un messaggio di posta certificata, non una ricevuta."},
    {"envelope", "Busta di trasporto", "È un messaggio di posta certificata, non una ricevuta."},
    {"anomaly", "Busta di anomalia",
     "Il gestore ha consegnato un messaggio che non è posta certificata; può contenere un avviso di mancata consegna."},
};
constexpr std::string_view kFinalWarning =
    "Entro 24 ore il gestore del mittente non ha avuto notizia della consegna. Il messaggio è da considerare non consegnato.";

constexpr Words kClaims[] = {
    {"delivered", "Ricevuta di consegna", "Il gestore comunica che il messaggio è stato consegnato."},
    {"undelivered", "Avviso di mancata consegna", "Il gestore comunica che il messaggio non è stato consegnato."},
    {"accepted", "Ricevuta di accettazione", "Il gestore comunica di aver accettato il messaggio."},
    {"warning_12h", "Avviso di ritardo", "Il gestore comunica che il messaggio non è ancora stato consegnato."},
    {"read", "Conferma di lettura", "Il gestore comunica che il messaggio è stato letto."},
    {"paid", "Conferma di pagamento", "Il gestore comunica che quanto richiesto è stato pagato."},
    {"delayed", "Avviso di ritardo", "Il gestore comunica che la consegna è in ritardo."},
};

constexpr Words kVerifications[] = {
    {"valid", "valida", "La firma del gestore è stata verificata: il contenuto è integro e proviene dal gestore indicato."},
    {"invalid", "NON VALIDA", "La firma non corrisponde al contenuto: la ricevuta non prova nulla e non ha cambiato l'esito."},
    {"untrusted", "autorità non riconosciuta", "La firma è integra, ma il certificato non è di un'autorità riconosciuta."},
    {"expired", "certificato scaduto", "Il certificato del gestore non era in corso di validità."},
    {"not_checked", "non verificata", "La firma non è stata verificata, o la ricevuta non ne ha una."},
};

constexpr Words kTimelineWords[] = {
    {"accepted", "Comunicazione presa in carico dall'ente", ""},
    {"attempt_released", "Invio rimandato", ""},
    {"outcome", "Risposta immediata del gestore", ""},
    {"late_outcome", "Risposta tardiva del gestore", ""},
    {"in_doubt", "Esito da verificare", ""},
    {"receipt", "Ricevuta", ""},
    {"milestone", "Ricevuta intermedia", ""},
    {"closed", "Chiusura senza esito", ""},
    {"expired", "Scadenza", ""},
    {"cancelled", "Annullamento", ""},
    {"disputed", "Ricevute in contraddizione", ""},
    {"recovered", "Ripresa dopo un'interruzione del sistema", ""},
    {"asked", "Richiesta di notizie al gestore", ""},
    {"held", "In attesa di una decisione dell'ente", ""},
    {"resent", "Nuovo invio deciso dall'ente", ""},
    {"settled", "Chiusura decisa dall'ente", ""},
};

template <std::size_t n>
Words words_of(const Words (&table)[n], const std::string& key) {
  const auto at = std::ranges::find(table, key, &Words::key);
  return at == std::end(table) ? Words{key, key, ""} : *at;
}

Words words_of_receipt(const EvidenceJson& entry) {
  const EvidenceJson& meaning = part(entry, "meaning");
  const std::string kind = word(meaning, "kind");
  const auto known = std::ranges::find(kReceiptKinds, kind, &Words::key);
  if (known != std::end(kReceiptKinds)) {
    const bool final_warning = kind == "preavviso-errore-consegna" && meaning.value("final", false);
    return final_warning ? Words{known->key, known->title, kFinalWarning} : *known;
  }
  const std::string says = word(entry, "says");
  return words_of(kClaims, says == "milestone" ? word(entry, "milestone") : says);
}

std::string chain_sentence(const EvidenceJson& entry, const EvidenceJson& segments) {
  const EvidenceJson& chain = part(entry, "chain");
  const std::string state = word(chain, "state");
  if (state == "open") return "non ancora inserita in un segmento chiuso della catena: lo sarà entro un'ora da quando è stata registrata";
  const auto number = chain.value("segment", std::uint64_t{0});
  const std::string segment = "segmento n. " + std::to_string(number);
  if (state != "closed")
    return "ATTENZIONE: non corrisponde a quanto registrato nel " + segment + ". I dati sono stati modificati dopo la registrazione";
  for (const EvidenceJson& one : segments) {
    if (one.value("number", std::uint64_t{0}) != number) continue;
    const Json closed = when(word(one, "closed_at"));
    return "inserita nel " + segment + ", chiuso e firmato il " +
           (closed.is_null() ? word(one, "closed_at") : closed.at("text").get<std::string>());
  }
  return segment;
}

std::string problem_sentence(const std::string& problem) {
  return problem.empty()        ? ""
         : problem == "missing" ? "Il file originale non si trova più nell'archivio dell'ente."
                                : "Il file originale è danneggiato nell'archivio dell'ente e non è allegato.";
}

Json common_data(const EvidenceJson& entry, const EvidenceJson& index, std::size_t number) {
  Json out = {{"number", number},
              {"file", word(entry, "file")},
              {"sha256", word(entry, "sha256")},
              {"size", entry.value("size", std::uint64_t{0})},
              {"at", when(word(entry, "at"))},
              {"provider_key", word(entry, "provider_key")},
              {"chain", chain_sentence(entry, part(index, "segments"))},
              {"problem", problem_sentence(word(entry, "problem"))}};
  return out;
}

Json sent_data(const EvidenceJson& entry, const EvidenceJson& index, std::size_t number) {
  Json out = common_data(entry, index, number);
  const EvidenceJson& head = part(entry, "head");
  for (const char* name : {"subject", "from", "to", "message_id"}) out[name] = word(head, name);
  return out;
}

Json receipt_data(const EvidenceJson& entry, const EvidenceJson& index, std::size_t number) {
  Json out = common_data(entry, index, number);
  const Words says = words_of_receipt(entry);
  const Words verified = words_of(kVerifications, word(entry, "verification"));
  const EvidenceJson& meaning = part(entry, "meaning");
  out["title"] = says.title;
  out["sentence"] = says.sentence;
  out["happened"] = when(word(entry, "happened_at"));
  out["verification"] = verified.title;
  out["verification_sentence"] = verified.sentence;
  out["doubtful"] = word(entry, "verification") != "valid";
  out["settles_nothing"] = !entry.value("settles", true);
  out["extract"] = word(entry, "extract");
  out["code"] = word(entry, "code");
  for (const char* name : {"recipient", "provider", "error", "identificativo", "message_id", "at_original"})
    out[name] = word(meaning, name);
  return out;
}

Json page_data(const EvidenceJson& index) {
  const EvidenceJson& notification = part(index, "notification");
  const Words outcome = words_of(kOutcomes, word(notification, "status"));
  Json out = {{"outcome", outcome.title}, {"outcome_sentence", outcome.sentence}, {"legal", word(notification, "class") == "legal"}};
  for (const char* name : {"id", "reference", "protocol", "case"}) out[name] = word(notification, name);
  out["organisation"] = word(part(notification, "organisation"), "name");
  out["service"] = word(part(notification, "service"), "name");
  out["accepted"] = when(word(notification, "accepted_at"));
  out["ended"] = when(word(notification, "ended_at"));
  out["made"] = when(word(index, "made_at"));
  out["made_by"] = word(index, "made_by");
  out["key"] = word(index, "public_key");
  out["recipient"] = Json::array();
  for (const auto& [name, value] : part(index, "recipient").items())
    out["recipient"].push_back(value.is_string() ? value.get<std::string>() : "");
  const EvidenceJson& deliveries = part(index, "deliveries");
  out["disputed"] = std::ranges::any_of(deliveries, [](const EvidenceJson& one) { return one.value("disputed", false); });
  out["sent"] = out["receipts"] = out["timeline"] = Json::array();
  for (const EvidenceJson& entry : part(index, "entries")) {
    const bool sent = word(entry, "kind") == "as_sent";
    Json& rows = out[sent ? "sent" : "receipts"];
    rows.push_back(sent ? sent_data(entry, index, rows.size() + 1) : receipt_data(entry, index, rows.size() + 1));
  }
  out["any_receipts"] = !out["receipts"].empty();
  for (const EvidenceJson& event : part(index, "timeline")) {
    out["timeline"].push_back({{"at", when(word(event, "at"))},
                               {"what", words_of(kTimelineWords, word(event, "kind")).title},
                               {"status", words_of(kOutcomes, word(event, "status")).title}});
  }
  return out;
}

}  // namespace

Result<std::string> make_page(const EvidenceJson& index) {
  static const auto compiled = CompiledTemplate::compile(kEvidencePageMustache, {.name = "page.mustache"});
  if (!compiled) return fail(to_error(compiled.error(), "page.mustache"));
  return render(**compiled, page_data(index), [](std::string_view, std::string_view) { return std::shared_ptr<const CompiledTemplate>(); });
}

}  // namespace messo
