// daticert.xml as providers write it, as they should not, and as nobody but an attacker would.
#include "pec_receipt/daticert.hpp"

#include <gtest/gtest.h>

#include "base/time.hpp"
#include "pec_receipt/classification.hpp"

namespace messo::pec {
namespace {

std::string document(const std::string& inside, const std::string& declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>") {
  return declaration + "<postacert tipo=\"accettazione\" errore=\"nessuno\">" + inside + "</postacert>";
}
std::string data(const std::string& inside) { return document("<dati>" + inside + "</dati>"); }
std::string date(const std::string& day, const std::string& time, const std::string& zone) {
  return data("<data zona=\"" + zone + "\"><giorno>" + day + "</giorno><ora>" + time + "</ora></data>");
}

TEST(Daticert, what_is_missing_is_empty) {
  const auto d = read_daticert("<postacert tipo=\"accettazione\"/>");
  ASSERT_TRUE(d) << d.error().message;
  EXPECT_EQ(d->tipo, "accettazione");
  EXPECT_EQ(d->errore, "nessuno") << "the default of the DTD";
  EXPECT_EQ(d->msgid, "");
  EXPECT_EQ(d->at_ms(), 0);
  EXPECT_EQ(d->at_original(), "");
}

TEST(Daticert, blanks_stray_text_comments_and_unknown_elements_are_passed_over) {
  const auto d = read_daticert(
      " \r\n" +
      document("stray<intestazione>text<mittente>\n a@b.example \n</mittente><nuovo tipo='x'><mittente>no</mittente></nuovo></intestazione>"
               "<!-- <msgid>no</msgid> --><dati><msgid>\n  &lt;x@y&gt;\n</msgid><identificativo> i@p </identificativo>"
               "<consegna>c@d.example<altro>no</altro></consegna><![CDATA[<ora>1</ora>]]></dati><msgid>elsewhere</msgid>") +
      "\r\n after <<<");
  ASSERT_TRUE(d) << d.error().message;
  EXPECT_EQ(d->mittente, "a@b.example");
  EXPECT_EQ(d->msgid, "x@y");
  EXPECT_EQ(d->identificativo, "i@p");
  EXPECT_EQ(d->consegna, "c@d.example");
  EXPECT_EQ(d->ora, "");
}

TEST(Daticert, charsets_that_are_wrong_or_unknown_are_read_all_the_same) {
  const std::string latin = "<dati><gestore-emittente>Societ\xe0 X</gestore-emittente><msgid>&lt;a@b&gt;</msgid></dati>";
  const std::string utf8 = "<dati><gestore-emittente>Societ\xc3\xa0 X</gestore-emittente><msgid>&lt;a@b&gt;</msgid></dati>";
  const auto declared = [](const char* charset) { return std::string("<?xml version=\"1.0\" encoding=\"") + charset + "\"?>"; };
  for (const auto& xml : {document(latin, declared("ISO-8859-1")), document(latin, declared("UTF-8")), document(latin, ""),
                          document(latin, declared("windows-1252")), document(latin, declared("ISO-8859-15")),
                          document(utf8, declared("UTF-8")), document(utf8, ""), "\xef\xbb\xbf" + document(utf8, declared("UTF-8"))}) {
    const auto d = read_daticert(xml);
    ASSERT_TRUE(d) << xml << d.error().message;
    EXPECT_EQ(d->gestore_emittente, "Società X") << xml;
    EXPECT_EQ(d->msgid, "a@b");
  }
  const auto mistaken = read_daticert(document(utf8, declared("ISO-8859-1")));
  ASSERT_TRUE(mistaken);
  EXPECT_EQ(mistaken->msgid, "a@b") << "only letters beyond ASCII suffer";
  EXPECT_TRUE(read_daticert(document(utf8, declared("US-ASCII")))) << "ASCII it is not";
}

TEST(Daticert, what_no_provider_writes_is_refused) {
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "<a>";
  std::string many;
  for (int i = 0; i < 30'000; ++i) many += "<a/>";
  std::string crowd = "<intestazione>";
  for (int i = 0; i < 5'001; ++i) crowd += "<destinatari>a@b</destinatari>";
  const std::pair<std::string, const char*> cases[] = {
      {"", "no XML"},
      {"not xml", "no XML"},
      {"<postacert tipo=\"accettazione\">", "no XML"},
      {document("<dati><msgid></dati></msgid>"), "mismatched"},
      {"<altro tipo=\"accettazione\"/>", "root is not postacert"},
      {"<postacert/>", "no tipo"},
      {"<!DOCTYPE postacert SYSTEM \"http://evil.example/x.dtd\"><postacert tipo=\"accettazione\"/>", "DOCTYPE"},
      {"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><postacert "
       "tipo=\"accettazione\"><dati><msgid>&x;</msgid></dati></postacert>",
       "DOCTYPE"},
      {data("<msgid>&x;</msgid>"), "undefined entity"},
      {data("<msgid>a@b</msgid><msgid>c@d</msgid>"), "msgid twice"},
      {data("<consegna>a@b</consegna>") + "", ""},
      {data("<data zona='+0100'/><data zona='+0200'/>"), "twice"},
      {document(deep), "too deep"},
      {document(many), "too many elements"},
      {document(crowd), "too many recipients"},
      {data("<consegna>" + std::string(5000, 'x') + "</consegna>"), "too long"},
      {document(std::string(kMaxDaticert, ' ')), "larger than 2 MiB"},
  };
  for (const auto& [xml, expected] : cases) {
    const auto d = read_daticert(xml);
    if (*expected == '\0') {
      EXPECT_TRUE(d);
      continue;
    }
    ASSERT_FALSE(d) << xml.substr(0, 200);
    EXPECT_EQ(d.error().code, "daticert_invalid");
    EXPECT_NE(d.error().message.find(expected), std::string::npos) << d.error().message;
  }
}

TEST(Daticert, local_legal_time_becomes_utc) {
  const auto utc = [](const std::string& xml) {
    const auto d = read_daticert(xml);
    return d && d->at_ms() != 0 ? to_rfc3339(from_unix_ms(d->at_ms())) : std::string("none");
  };
  EXPECT_EQ(utc(date("10/03/2026", "10:15:02", "+0100")), "2026-03-10T09:15:02.000Z");
  EXPECT_EQ(utc(date("10/07/2026", "00:30:00", "+0200")), "2026-07-09T22:30:00.000Z");
  EXPECT_EQ(utc(date("01/01/2026", "00:30:00", "-0330")), "2026-01-01T04:00:00.000Z");
  EXPECT_EQ(utc(date("29/02/2028", "12:00:00", "+01:00")), "2028-02-29T11:00:00.000Z");
  for (const auto& wrong :
       {date("29/02/2026", "12:00:00", "+0100"), date("1/3/2026", "12:00:00", "+0100"), date("10/03/2026", "24:00:00", "+0100"),
        date("10/03/2026", "12:00:00", ""), date("10/03/2026", "12:00:00", "CET"), date("10/03/2026", "12:00:00", "+9900"),
        date("aa/03/2026", "12:00:00", "+0100"), date("10-03-2026", "12:00:00", "+0100"), date("", "", "+0100")})
    EXPECT_EQ(utc(wrong), "none") << wrong;
  EXPECT_EQ(read_daticert(date("1/3/2026", "12", "x"))->at_original(), "1/3/2026 12 x") << "as written, for the evidence";
}

TEST(Classification, a_status_is_read_at_the_start_only) {
  EXPECT_EQ(leading_status("5.1.1 - X")->detail, 1);
  EXPECT_EQ(leading_status("4.2.2")->klass, 4);
  EXPECT_EQ(leading_status("5.1.10")->detail, 10);
  for (const char* wrong : {"", "5", "5.1", "5.1.", "6.1.1", "1.1.1", "5.1.1111", "5.1234.1", "x5.1.1", "5,1,1", "55.1.1"})
    EXPECT_FALSE(leading_status(wrong)) << wrong;
}

TEST(Classification, every_tipo_names_its_kind_in_any_case) {
  EXPECT_EQ(kind_of_tipo("Accettazione"), Kind::accettazione);
  EXPECT_EQ(kind_of_tipo("posta-certificata"), Kind::envelope);
  EXPECT_EQ(kind_of_tipo("rilevazione-virus"), Kind::rilevazione_virus);
  for (const char* none : {"", "anomaly", "envelope", "not-pec", "consegna"}) EXPECT_FALSE(kind_of_tipo(none)) << none;
}

}  // namespace
}  // namespace messo::pec
