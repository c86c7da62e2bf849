// GMime reads what we build: if it does not find the same text, names and bytes, neither will a citizen's mail program.
#include "mail/mime_builder.hpp"

#include <gmime/gmime.h>
#include <gtest/gtest.h>

#include <memory>

namespace messo::mail {
namespace {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
using Message = std::unique_ptr<GMimeMessage, Unref>;

Message read(const std::string& bytes) {
  static const bool ready = (g_mime_init(), true);
  (void)ready;
  std::unique_ptr<GMimeStream, Unref> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  std::unique_ptr<GMimeParser, Unref> parser(g_mime_parser_new_with_stream(stream.get()));
  return Message(g_mime_parser_construct_message(parser.get(), nullptr));
}

std::string owned(char* text) {
  const std::string out = text ? text : "";
  g_free(text);
  return out;
}

std::string header(const Message& message, const char* name) {
  const char* value = g_mime_object_get_header(GMIME_OBJECT(message.get()), name);
  // GMime gives Content-* fields to the part below.
  if (!value) value = g_mime_object_get_header(g_mime_message_get_mime_part(message.get()), name);
  return value ? value : "";
}

std::string content(GMimeObject* part) {
  std::unique_ptr<GMimeStream, Unref> stream(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(part)), stream.get());
  const auto* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

// "mixed(alternative(text/plain,text/html),application/pdf)"
std::string shape(GMimeObject* part) {
  auto* type = g_mime_object_get_content_type(part);
  if (!GMIME_IS_MULTIPART(part))
    return std::string(g_mime_content_type_get_media_type(type)) + '/' + g_mime_content_type_get_media_subtype(type);
  std::string out = std::string(g_mime_content_type_get_media_subtype(type)) + '(';
  for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(part)); ++i)
    out += (i ? "," : "") + shape(g_mime_multipart_get_part(GMIME_MULTIPART(part), i));
  return out + ')';
}
std::string shape(const Message& message) { return shape(g_mime_message_get_mime_part(message.get())); }

GMimeObject* child(GMimeObject* part, std::initializer_list<int> path) {
  for (const int i : path) part = g_mime_multipart_get_part(GMIME_MULTIPART(part), i);
  return part;
}

MailContent sample() {
  MailContent content;
  content.delivery = Uuid::parse("0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071").value();
  content.date = parse_rfc3339("2026-11-22T03:54:44Z").value();
  content.from = parse_mailbox("Comune di Forlì <noreply@comune.forli.it>").value();
  content.to = parse_mailbox("Mario Rossi <mario.rossi@example.it>").value();
  content.subject = "Avvio del procedimento";
  content.text = "Gentile cittadino,\nla pratica è avviata.\n";
  content.language = "it";
  return content;
}

Message built(const MailContent& content) {
  const auto mail = build_mail(content);
  EXPECT_TRUE(mail) << (mail ? "" : mail.error().message);
  // RFC 5322 §2.1.1 and §2.3: CRLF only, no line beyond 998 characters.
  std::size_t line = 0;
  for (std::size_t i = 0; i < mail->bytes.size(); ++i) {
    const char c = mail->bytes[i];
    if (c == '\n') {
      EXPECT_EQ(mail->bytes[i - 1], '\r');
      line = 0;
    } else if (c != '\r') {
      EXPECT_LE(++line, 998U);
    }
  }
  return read(mail->bytes);
}

TEST(BuiltMail, has_the_headers_of_an_automatic_notice) {
  const auto message = built(sample());
  EXPECT_EQ(header(message, "Date"), "Sun, 22 Nov 2026 03:54:44 +0000");
  EXPECT_EQ(header(message, "Message-ID"), "<0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071@comune.forli.it>");
  EXPECT_EQ(header(message, "Auto-Submitted"), "auto-generated");
  EXPECT_EQ(header(message, "Content-Language"), "it");
  EXPECT_EQ(header(message, "MIME-Version"), "1.0");
  EXPECT_EQ(owned(internet_address_list_to_string(g_mime_message_get_from(message.get()), nullptr, FALSE)),
            "Comune di Forlì <noreply@comune.forli.it>");
  EXPECT_EQ(owned(internet_address_list_to_string(g_mime_message_get_to(message.get()), nullptr, FALSE)),
            "Mario Rossi <mario.rossi@example.it>");
}

TEST(BuiltMail, is_the_same_for_the_same_delivery_and_another_for_another) {
  auto content = sample();
  content.html = "<p>ciao</p>";
  const auto first = build_mail(content).value().bytes;
  EXPECT_EQ(build_mail(content).value().bytes, first);
  content.delivery.bytes[15] ^= 1;
  EXPECT_NE(build_mail(content).value().bytes, first);
}

TEST(BuiltMail, leaves_out_the_levels_it_does_not_need) {
  auto content = sample();
  EXPECT_EQ(shape(built(content)), "text/plain");
  content.html = "<p>ciao</p>";
  EXPECT_EQ(shape(built(content)), "alternative(text/plain,text/html)");
  content.attachments.push_back({"atto.pdf", "application/pdf", "%PDF", ""});
  EXPECT_EQ(shape(built(content)), "mixed(alternative(text/plain,text/html),application/pdf)");
  content.attachments.push_back({"logo.png", "image/png", "PNG", "logo"});
  EXPECT_EQ(shape(built(content)), "mixed(related(alternative(text/plain,text/html),image/png),application/pdf)");
  content.text.clear();
  content.attachments.erase(content.attachments.begin());
  EXPECT_EQ(shape(built(content)), "related(text/html,image/png)");
  content.html.clear();
  content.text = "solo testo";
  EXPECT_EQ(shape(built(content)), "mixed(text/plain,image/png)") << "nothing shows the image: it is an attachment";
}

TEST(BuiltMail, text_survives_whatever_it_holds) {
  for (const auto& text : std::vector<std::string>{
           "Semplice", "È già così, perché no? €\n\nfine", "Привет, мир! Это уведомление муниципалитета.",
           "riga lunghissima: " + std::string(3000, 'x'), ".\n..\nFrom qui\n=3D\n- - -\n  spazi  \n\ttab\t\n", "a\r\nb\rc\nd"}) {
    auto content = sample();
    content.text = text;
    const auto message = built(content);
    auto got = mail::content(g_mime_message_get_mime_part(message.get()));
    std::string expected;  // line ends normalised, a last one added
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\r') {
        expected += "\r\n";
        if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
      } else if (text[i] == '\n') {
        expected += "\r\n";
      } else {
        expected += text[i];
      }
    }
    if (!expected.ends_with("\r\n")) expected += "\r\n";
    if (!got.ends_with("\r\n")) got += "\r\n";
    EXPECT_EQ(got, expected);
  }
}

TEST(BuiltMail, text_is_readable_on_the_wire_unless_most_of_it_is_not_ascii) {
  auto content = sample();
  EXPECT_NE(build_mail(content).value().bytes.find("quoted-printable"), std::string::npos);
  content.text = "Привет, мир";
  EXPECT_NE(build_mail(content).value().bytes.find("Content-Transfer-Encoding: base64"), std::string::npos);
}

TEST(BuiltMail, subject_survives_whatever_it_holds) {
  for (const auto& subject : std::vector<std::string>{
           "", "Semplice", "Città di Forlì: avviso n. 12 del 3/4 — scadenza", "=?UTF-8?Q?finto?=", "molto " + std::string(300, 'y'),
           "Ein sehr langer Betreff über die Fälligkeit der Grundsteuer für das Jahr zweitausendsechsundzwanzig, bitte beachten Sie die "
           "Frist",
           "Уведомление о начале производства по делу номер двенадцать тысяч триста сорок пять от первого апреля", "  spazi   doppi  "}) {
    auto content = sample();
    content.subject = subject;
    const auto message = built(content);
    std::string got = g_mime_message_get_subject(message.get()) ? g_mime_message_get_subject(message.get()) : "";
    auto expected = subject;
    if (subject.starts_with(' ')) {  // blanks around an unstructured field have no meaning (RFC 5322 §2.2)
      expected = "spazi   doppi";
      got = got.substr(0, expected.size());
    }
    EXPECT_EQ(got, expected);
  }
}

TEST(BuiltMail, names_of_people_survive) {
  for (const auto& name : std::vector<std::string>{"Rossi, Mario", "D'Angelo Niccolò", "\"Il Sindaco\"", "Ufficio (anagrafe) <x>", "=?x?=",
                                                   "Ärztekammer für Südtirol — Ordine dei medici della provincia di Bolzano e dintorni"}) {
    auto content = sample();
    content.to.name = name;
    const auto message = built(content);
    auto* list = g_mime_message_get_to(message.get());
    ASSERT_EQ(internet_address_list_length(list), 1) << name;
    auto* address = internet_address_list_get_address(list, 0);
    EXPECT_STREQ(internet_address_get_name(address), name.c_str());
    EXPECT_STREQ(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)), "mario.rossi@example.it");
  }
}

TEST(BuiltMail, file_names_survive) {
  for (const auto& name : std::vector<std::string>{"atto.pdf", "perché no.pdf", "a\"b\\c.txt",
                                                   "Relazione tecnica illustrativa – lotto n. 3 – via dell'Università già Piazza della "
                                                   "Libertà – revisione finalissima approvata.pdf",
                                                   "документ.docx", "100%.pdf", "it's.pdf", "a;b=c.txt"}) {
    auto content = sample();
    content.attachments = {{name, "application/octet-stream", std::string("\0\xff\r\n.\r\n\x1a", 8), ""}};
    const auto message = built(content);
    auto* part = child(g_mime_message_get_mime_part(message.get()), {1});
    EXPECT_STREQ(g_mime_part_get_filename(GMIME_PART(part)), name.c_str());
    EXPECT_EQ(mail::content(part), content.attachments[0].bytes) << "attachments are byte-exact";
    EXPECT_STREQ(g_mime_object_get_disposition(part), "attachment");
  }
}

TEST(BuiltMail, inline_images_are_found_by_their_id) {
  auto content = sample();
  content.html = "<img src=\"cid:logo.png\">";
  content.attachments = {{"logo.png", "image/png", "PNG", "logo.png"}};
  const auto message = built(content);
  auto* part = child(g_mime_message_get_mime_part(message.get()), {1});
  EXPECT_STREQ(g_mime_object_get_content_id(part), "logo.png");
  EXPECT_STREQ(g_mime_object_get_disposition(part), "inline");
}

TEST(BuiltMail, carries_clean_messages_as_they_are_and_others_as_bytes) {
  auto content = sample();
  const std::string clean = "Subject: x\r\n\r\nciao\r\n";
  content.attachments = {{"a.eml", "message/rfc822", clean, ""}, {"b.eml", "message/rfc822", "Subject: x\n\nperché\n", ""}};
  EXPECT_EQ(shape(built(content)), "mixed(text/plain,message/rfc822,application/octet-stream)");
}

TEST(BuiltMail, picks_another_boundary_when_a_forwarded_message_holds_it) {
  auto content = sample();
  content.html = "<p>x</p>";
  const auto first = build_mail(content).value().bytes;
  content.attachments = {{"inoltrato.eml", "message/rfc822", first, ""}};
  EXPECT_EQ(shape(built(content)), "mixed(alternative(text/plain,text/html),message/rfc822)");
}

TEST(BuiltMail, international_addresses) {
  auto content = sample();
  content.to = parse_mailbox("info@città.example").value();
  const auto idna = build_mail(content).value();
  EXPECT_FALSE(idna.smtputf8) << "the domain has an ASCII form";
  EXPECT_NE(idna.bytes.find("To: info@xn--citt-3na.example"), std::string::npos);
  content.to = parse_mailbox("andré@example.it").value();
  EXPECT_TRUE(build_mail(content).value().smtputf8);
}

TEST(BuiltMail, further_fields_stand_among_the_others) {
  auto content = sample();
  content.headers = {{"X-TipoRicevuta", "breve"}};
  const auto mail = build_mail(content);
  ASSERT_TRUE(mail);
  const auto at = mail->bytes.find("\r\nX-TipoRicevuta: breve\r\n");
  ASSERT_NE(at, std::string::npos);
  EXPECT_LT(at, mail->bytes.find("\r\n\r\n"));
}

TEST(BuiltMail, refuses_forged_headers_and_broken_input) {
  const auto expect_refused = [](const char* code, auto&& spoil) {
    auto content = sample();
    spoil(content);
    const auto mail = build_mail(content);
    ASSERT_FALSE(mail) << code;
    EXPECT_EQ(mail.error().code, code);
  };
  expect_refused("header_injection", [](auto& c) { c.subject = "x\r\nBcc: y@example.it"; });
  expect_refused("header_injection", [](auto& c) { c.subject = std::string("x\0y", 3); });
  expect_refused("header_injection", [](auto& c) { c.to.name = "x\ny"; });
  expect_refused("header_injection", [](auto& c) { c.from.name = "x\ry"; });
  expect_refused("header_injection", [](auto& c) { c.language = "it\r\nX: y"; });
  expect_refused("header_injection", [](auto& c) { c.attachments = {{"a\r\nb", "", "", ""}}; });
  expect_refused("header_injection", [](auto& c) { c.attachments = {{"a", "image/png", "", "x>\r\ny"}}; });
  expect_refused("header_injection", [](auto& c) { c.headers = {{"X-TipoRicevuta", "breve\r\nBcc: y@example.it"}}; });
  expect_refused("header_injection", [](auto& c) { c.headers = {{"Bcc: y@example.it\r\nX", "breve"}}; });
  expect_refused("header_injection", [](auto& c) { c.headers = {{"X-TipoRicevuta", "bréve"}}; });
  expect_refused("bad_content_type", [](auto& c) { c.attachments = {{"a", "text/plain\r\nX: y", "", ""}}; });
  expect_refused("bad_content_type", [](auto& c) { c.attachments = {{"a", "nonsense", "", ""}}; });
  expect_refused("not_utf8", [](auto& c) { c.text = "\xff\xfe"; });
  expect_refused("not_utf8", [](auto& c) { c.subject = "\xc3"; });
  expect_refused("empty_message", [](auto& c) { c.text.clear(); });
}

}  // namespace
}  // namespace messo::mail
