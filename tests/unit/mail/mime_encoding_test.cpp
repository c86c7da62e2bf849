#include "mail/mime_encoding.hpp"

#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <vector>

#include "mail/mail_address.hpp"

namespace messo::mail {
namespace {

std::string quoted_printable(std::string_view text) {
  std::string out;
  append_quoted_printable(out, text);
  return out;
}

// What a reader makes of quoted-printable (RFC 2045 §6.7), written from the RFC and not from the encoder.
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out.push_back(text[i]);
    } else if (text.substr(i, 3) == "=\r\n") {
      i += 2;
    } else {
      out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
      i += 2;
    }
  }
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
  return lines;
}

TEST(QuotedPrintable, keeps_plain_text_readable) { EXPECT_EQ(quoted_printable("Buongiorno\nMario"), "Buongiorno\r\nMario\r\n"); }

TEST(QuotedPrintable, encodes_what_must_be) {
  EXPECT_EQ(quoted_printable("è = é"), "=C3=A8 =3D =C3=A9\r\n");
  EXPECT_EQ(quoted_printable("fine \n\tx\t"), "fine=20\r\n\tx=09\r\n");
}

TEST(QuotedPrintable, protects_dots_and_from_at_line_starts) {
  EXPECT_EQ(quoted_printable(".punto\nFrom qui"), "=2Epunto\r\n=46rom qui\r\n");
}

TEST(QuotedPrintable, lines_stay_within_76_and_decode_to_the_text) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    const auto size = random() % 400;
    for (unsigned i = 0; i < size; ++i) {
      static constexpr std::string_view alphabet =
          "abcdefghij   ..==\t\n\xc3\xa8"
          "From";
      text.push_back(alphabet[random() % alphabet.size()]);
    }
    const auto encoded = quoted_printable(text);
    for (const auto& line : lines_of(encoded)) {
      EXPECT_LE(line.size(), 76U);
      EXPECT_FALSE(line.ends_with(' ') || line.ends_with('\t')) << "blanks at line ends get lost on the way";
      EXPECT_FALSE(line.starts_with('.')) << line;
    }
    auto expected = to_crlf(text);
    if (!expected.empty() && !expected.ends_with("\r\n")) expected += "\r\n";
    EXPECT_EQ(decoded(encoded), expected);
  }
}

TEST(Base64Lines, are_76_characters_and_padded) {
  std::string out;
  append_base64_lines(out, std::string(58, 'a'));
  const auto lines = lines_of(out);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].size(), 76U);
  EXPECT_EQ(lines[1], "YQ==");
}

TEST(EncodedWords, leave_ascii_alone_and_guard_against_lookalikes) {
  EXPECT_EQ(encode_unstructured("Avvio del procedimento", 9), "Avvio del procedimento");
  EXPECT_TRUE(encode_unstructured("=?UTF-8?Q?x?=", 9).starts_with("=?UTF-8?Q?=3D=3F"));
}

TEST(EncodedWords, are_short_and_cut_between_characters) {
  for (const std::string_view text :
       {"Comunicazione di avvio del procedimento per la concessione di un contributo alla città di Trentò è è è è è è è è è",
        "Приглашение на приём к мэру города для обсуждения вопросов благоустройства территории", "𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞"}) {
    const auto encoded = encode_unstructured(text, 9);
    std::size_t column = 9;
    for (const auto& line : lines_of(encoded)) {
      EXPECT_LE(line.size() + column, 76U) << line;
      column = 0;
      const auto word = line.substr(line.find("=?"));
      EXPECT_LE(word.size(), 75U);
      EXPECT_TRUE(word.ends_with("?="));
    }
  }
}

TEST(EncodedWords, fold_long_ascii_at_blanks) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "parola" + std::to_string(i) + ' ';
  text.pop_back();
  const auto folded = encode_unstructured(text, 9);
  std::string unfolded;
  for (const auto& line : lines_of(folded)) {
    EXPECT_LE(line.size(), 76U);
    unfolded += line;
  }
  EXPECT_EQ(unfolded, text);
}

TEST(Phrase, is_an_atom_a_quoted_string_or_encoded_words) {
  EXPECT_EQ(encode_phrase("Comune di Esempio", 6), "Comune di Esempio");
  EXPECT_EQ(encode_phrase("Rossi, Mario (dott.)", 6), "\"Rossi, Mario (dott.)\"");
  EXPECT_EQ(encode_phrase("a\"b\\c", 6), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(encode_phrase("Città", 6), "=?UTF-8?Q?Citt=C3=A0?=");
}

TEST(FileName, has_an_ascii_fallback_and_the_real_name) {
  EXPECT_EQ(file_name_parameters("filename", "atto.pdf"), ";\r\n filename=\"atto.pdf\"");
  EXPECT_EQ(file_name_parameters("filename", "più.pdf"), ";\r\n filename*=UTF-8''pi%C3%B9.pdf;\r\n filename=\"pi_.pdf\"");
}

TEST(FileName, that_is_long_continues) {
  std::string name;
  for (int i = 0; i < 40; ++i) name += "perché ";
  name += ".pdf";
  const auto parameters = file_name_parameters("filename", name);
  EXPECT_NE(parameters.find("filename*0*=UTF-8''"), std::string::npos);
  EXPECT_NE(parameters.find("filename*1*="), std::string::npos);
  for (const auto& line : lines_of(parameters)) EXPECT_LE(line.size(), 78U);
}

TEST(DotStuffing, doubles_dots_at_line_starts_and_ends_the_message) {
  const auto stuffed = [](std::string_view text) {
    std::string out;
    append_dot_stuffed(out, text);
    return out;
  };
  EXPECT_EQ(stuffed("a\r\n.b\r\n"), "a\r\n..b\r\n.\r\n");
  EXPECT_EQ(stuffed(".a"), "..a\r\n.\r\n");
  EXPECT_EQ(stuffed("..\r\n.\r\n"), "...\r\n..\r\n.\r\n");
}

TEST(HeaderInjection, is_recognised_by_its_control_characters) {
  EXPECT_FALSE(has_control("un oggetto\tcon tab"));
  for (const auto* text : {"a\r\nBcc: x", "a\nb", "a\rb", "a\x7f"}) EXPECT_TRUE(has_control(text));
  EXPECT_TRUE(has_control(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace messo::mail
