#include "scenario/support/town.hpp"

#include <fstream>

#include "base/hash.hpp"

namespace messo::test {
namespace {

constexpr auto kLiveKey = "messo_live_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
constexpr auto kTestKey = "messo_test_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

std::string key_entry(const std::string& name, const std::string& kind, const std::string& text) {
  return "[[key]]\nservice = \"comune/sportello\"\nname = \"" + name + "\"\nkind = \"" + kind +
         "\"\nscopes = [\"send\", \"read\"]\nsecret_sha256 = \"" + to_hex(as_text(sha256(text))) + "\"\n";
}

std::string relay_entry(const RelayOptions& relay) {
  return "[[provider]]\nkey = \"relay\"\nplugin = \"smtp\"\nchannel = \"email\"\non_doubt = \"" + relay.on_doubt + "\"\n" + relay.extra +
         "\n[provider.retry]\nwaits = [" + relay.waits +
         "]\n[provider.config]\nhost = \"127.0.0.1\"\nport = " + std::to_string(relay.port) + "\ntls = \"" + relay.tls + "\"\n" +
         relay.config + "\n";
}

}  // namespace

Town found_town(const Daemon& daemon, const RelayOptions& relay) {
  const auto file = daemon.folder() / "town.toml";
  std::ofstream(file) << "[[organisation]]\nkey = \"comune\"\nname = \"Comune di Esempio\"\n"
                      << "[[service]]\norganisation = \"comune\"\nkey = \"sportello\"\nname = \"Sportello unico\"\n"
                      << "[service.senders.email]\naddress = \"sportello@comune.example.it\"\nname = \"Comune di Esempio\"\n"
                      << "[[sms_sender]]\norganisation = \"comune\"\nalias = \"ComEsempio\"\nstate = \"registered\"\n"
                      << key_entry("prova-live", "live", kLiveKey) << key_entry("prova-test", "test", kTestKey)
                      << (relay.port != 0 ? relay_entry(relay) : "");
  daemon.must({"apply", file.string(), "--yes"});
  daemon.must({"template", "import", (source_folder() / "templates").string(), "--organisation", "comune", "--publish"});
  return {kLiveKey, kTestKey};
}

void publish_template(const Daemon& daemon, const std::string& key, const std::map<std::string, std::string>& files) {
  const auto folder = daemon.folder() / "modelli" / key;
  for (const auto& [name, text] : files) {
    std::filesystem::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << text;
  }
  daemon.must({"template", "import", folder.string(), "--organisation", "comune", "--publish"});
}

std::string reminder_job(const std::string& email, const std::string& reference) {
  return R"({"template":"appuntamento-promemoria","recipient":{"language":"it","email":")" + email + R"("},"reference":")" + reference +
         R"(","data":{"servizio":"Rilascio della carta d'identità elettronica","quando":"2026-12-22T10:30:00+01:00","codice":"VLC-48213",)" +
         R"("nominativo":"Maria Bianchi","da_portare":["la carta d'identità che scade","una fototessera recente"],)" +
         R"("ufficio":{"nome":"Ufficio Anagrafe","indirizzo":"Piazza del Municipio 1","telefono":"0000 000001"}}})";
}

std::string notice_job(const std::string& pec, const std::string& reference) {
  return R"({"template":"avviso-accertamento","recipient":{"name":"Maria Bianchi","language":"it","pec":")" + pec + R"("},"reference":")" +
         reference +
         R"(","data":{"numero_atto":"2026/0815","data_atto":"2026-11-16","protocollo":"0012345/2026","tributo":"TARI, anno 2022",)" +
         R"("motivazione":"La superficie dichiarata è di 80 metri quadrati; dal catasto risulta di 112.",)" +
         R"("voci":[{"nome":"Maggiore tributo","importo":18400},{"nome":"Sanzione","importo":5520},{"nome":"Interessi","importo":1470}],)" +
         R"("totale":25390,"allegato":"avviso.pdf","codice_avviso":"301000000000081500","codice_fiscale_ente":"00000000000",)" +
         R"("corte":"Corte di giustizia tributaria di primo grado di Esempio","responsabile":"dott.ssa Anna Verdi",)" +
         R"("domicilio_digitale":"protocollo@pec.comune.example.it","nominativo":"Maria Bianchi","ufficio":{"nome":"Ufficio Tributi"}},)" +
         R"("attachments":[{"name":"avviso.pdf","content_type":"application/pdf","content":"JVBERi0xLjQKJSBwcm92YQolJUVPRgo="}]})";
}

}  // namespace messo::test
