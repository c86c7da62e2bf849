// template.toml, folders, versions: mistakes are named, what goes in comes out byte for byte.
#include "template/definition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "template/definition_reader.hpp"
#include "template/template_source.hpp"

namespace messo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kHead = "key = \"prova\"\ntitle = \"Prova\"\nclass = \"courtesy\"\nlanguage = \"it\"\n";

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "messo-template-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << bytes;
  }
  fs::path path;
};

TemplateFiles small() { return {{"template.toml", kHead}, {"it/email.subject.mustache", "Oggetto"}, {"it/email.text.mustache", "Testo"}}; }

TEST(TemplateToml, everything_is_read) {
  const auto read = read_template_toml(std::string(kHead) + R"(zone = "Europe/Vienna"
[[plan]]
channel = "io"
success = "read"
wait = "12 h"
[[plan]]
channel = "email"
[variables.zeta]
type = "list"
items = "date"
example = ["2026-11-22"]
[variables.alfa]
type = "object"
personal = true
[variables.alfa.fields.nome]
type = "string"
example = "x"
)",
                                       "t");
  ASSERT_TRUE(read) << to_text(read.error());
  EXPECT_EQ(read->zone, "Europe/Vienna");
  ASSERT_EQ(read->plan.size(), 2u);
  EXPECT_EQ(read->plan[0].success, SuccessRule::read);
  EXPECT_EQ(read->plan[0].wait, std::chrono::hours(12));
  ASSERT_EQ(read->variables.fields.size(), 2u);
  EXPECT_EQ(read->variables.fields[0].name, "zeta") << "in the order of the file";
  EXPECT_EQ(read->variables.fields[0].element()->type, VariableType::date);
  EXPECT_TRUE(read->variables.fields[1].personal);
  EXPECT_TRUE(read->variables.fields[1].fields[0].personal) << "what holds for the object holds for its fields";
  EXPECT_EQ(example_data(read->variables).dump(), R"({"alfa":{"nome":"x"},"zeta":["2026-11-22"]})");
}

TEST(TemplateToml, mistakes_are_named_with_file_line_key_and_remedy) {
  const std::pair<const char*, const char*> rows[] = {
      {"titel = 1\n", "t:5: titel: there is no such key; did you mean \"title\"?"},
      {"[variables.a]\ntype = \"dat\"\n", "t:6: variables.a.type: there is no such type"},
      {"[variables.a]\n", "the key \"type\" is missing"},
      {"[variables.a]\ntype = \"date\"\nrequird = false\n", "t:7: variables.a.requird: there is no such key; did you mean \"required\"?"},
      {"[variables.a]\ntype = \"date\"\nrequired = \"no\"\n", "true or false is wanted"},
      {"[variables.a]\ntype = \"date\"\nexample = 2026-11-22\n", "between quotes"},
      {"[variables.a]\ntype = \"date\"\nexample = \"22/11/2026\"\n", "t:7: variables.a.example: a date like"},
      {"[variables.in]\ntype = \"date\"\n", "has a meaning of its own"},
      {"[variables.\"a b\"]\ntype = \"date\"\n", "made of letters"},
      {"[variables.a]\ntype = \"object\"\n", "needs its fields"},
      {"[variables.a]\ntype = \"list\"\nitems = \"list\"\n", "list of lists"},
      {"[[plan]]\nchannel = \"email\"\nsuccess = \"delivered\"\n", "never reports \"delivered\""},
      {"[[plan]]\nchannel = \"fax\"\n", "plan[1].channel"},
      {"zone = \"Europe/Atlantis\"\n", "t:5: zone: there is no such time zone"},
  };
  for (const auto& [text, expected] : rows) {
    const auto read = read_template_toml(std::string(kHead) + text, "t");
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(to_text(read.error()), HasSubstr(expected)) << text;
  }
}

TEST(Definition, misplaced_and_misspelt_files_are_refused) {
  const std::pair<const char*, const char*> rows[] = {
      {"it/email.subjct.mustache", "did you mean \"email.subject.mustache\"?"},
      {"it/email.text.txt", "only files named"},
      {"IT/email.text.mustache", "not a language tag"},
      {"note.txt", "only template.toml"},
      {"_partials/it/a b.mustache", "a partial's name"},
      {"../x/email.text.mustache", "not a language tag"},
  };
  for (const auto& [path, expected] : rows) {
    auto files = small();
    files[path] = "x";
    const auto definition = parse_definition(files, "prova");
    ASSERT_FALSE(definition) << path;
    EXPECT_THAT(to_text(definition.error()), HasSubstr(expected)) << path;
  }
  auto latin1 = small();
  latin1["it/email.text.mustache"] = "perch\xe9";
  EXPECT_THAT(to_text(parse_definition(latin1, "prova").error()), HasSubstr("it/email.text.mustache: is not UTF-8"));
  EXPECT_THAT(to_text(parse_definition({}, "prova").error()), HasSubstr("has no template.toml"));
  EXPECT_THAT(to_text(parse_definition({{"template.toml", kHead}}, "prova").error()),
              HasSubstr("no complete text in its default language"));
}

TEST(Definition, languages_fall_back_from_the_exact_one_to_the_default) {
  auto files = small();
  for (const auto* language : {"en", "it-de"}) {
    files[std::string(language) + "/email.subject.mustache"] = "x";
    files[std::string(language) + "/email.text.mustache"] = "x";
  }
  files["fr/email.subject.mustache"] = "incomplete";
  const auto definition = parse_definition(files, "prova").value();
  const std::pair<const char*, const char*> rows[] = {{"it", "it"},       {"en", "en"}, {"en-GB", "en"}, {"de", "it-de"},
                                                      {"de-AT", "it-de"}, {"fr", "it"}, {"sl", "it"},    {"", "it"}};
  for (const auto& [wanted, used] : rows) EXPECT_EQ(definition.choose_language(Channel::email, wanted), used) << wanted;
  EXPECT_EQ(definition.choose_language(Channel::sms, "it"), "");
  EXPECT_EQ(definition.languages().front(), "it");
}

TEST(Definition, a_version_pins_every_byte_partials_included) {
  const auto definition = load_template("templates/avvio-procedimento").value();
  EXPECT_TRUE(definition.files.contains("_partials/it/piede.text.mustache"));
  EXPECT_TRUE(definition.files.contains("_partials/stile.html.mustache")) << "included by a partial";
  EXPECT_FALSE(definition.files.contains("_partials/it/richiesta-documenti.text.mustache")) << "of another template";
  const auto version = to_version(definition);
  EXPECT_EQ(version.key, "avvio-procedimento");
  EXPECT_EQ(version.content_hash, sha256(version.definition_json));
  EXPECT_EQ(definition_of(version).value().files, definition.files);
  auto changed = definition;
  changed.files["_partials/it/piede.text.mustache"] += " ";
  EXPECT_NE(to_version(changed).content_hash, version.content_hash);
}

TEST(Definition, a_damaged_version_is_corrupt_not_a_crash) {
  for (const auto* json : {"", "[]", "{}", "{\"format\":2,\"files\":{}}", "{\"format\":1,\"files\":{\"a\":1}}"}) {
    TemplateVersion version;
    version.definition_json = json;
    EXPECT_EQ(definition_of(version).error().kind, ErrorKind::corrupt) << json;
  }
}

TEST(Definition, what_developers_are_told_has_variables_and_an_example) {
  const auto told = describe(load_template("templates/avviso-pagamento").value());
  EXPECT_EQ(told["channels"], nlohmann::json({"email", "sms", "push", "io"}));
  EXPECT_EQ(told["plan"][0]["channel"], "email");
  EXPECT_EQ(told["variables"][1]["name"], "importo");
  EXPECT_EQ(told["variables"][1]["type"], "amount");
  EXPECT_EQ(told["example"]["importo"], 12550);
}

TEST(TemplateFolder, goes_out_as_it_came_in) {
  const Folder folder;
  for (const auto& source : find_templates("templates")) {
    const auto definition = load_template(source).value();
    ASSERT_TRUE(export_template(definition_of(to_version(definition)).value(), folder.path)) << source;
    EXPECT_EQ(load_template(folder.path / source.filename()).value().files, definition.files) << source;
  }
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const auto original = fs::path("templates") / entry.path().lexically_relative(folder.path);
    EXPECT_EQ(read_text_file(entry.path(), 1'000'000).value(), read_text_file(original, 1'000'000).value()) << original;
  }
  EXPECT_GT(files, 100u);
}

TEST(TemplateFolder, export_does_not_overwrite_other_content_unasked) {
  const Folder folder;
  const auto definition = parse_definition(small(), "prova").value();
  folder.write("prova/it/email.text.mustache", "mine");
  const auto refused = export_template(definition, folder.path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_FALSE(fs::exists(folder.path / "prova/template.toml")) << "nothing was written";
  EXPECT_TRUE(export_template(definition, folder.path, true));
  EXPECT_EQ(read_text_file(folder.path / "prova/it/email.text.mustache", 100).value(), "Testo");
}

TEST(TemplateFolder, its_name_is_the_key_and_hidden_files_are_skipped) {
  const Folder folder;
  for (const auto& [path, bytes] : small()) folder.write("altro/" + path, bytes);
  EXPECT_THAT(to_text(load_template(folder.path / "altro").error()), HasSubstr("folder is named \"altro\""));
  fs::rename(folder.path / "altro", folder.path / "prova");
  folder.write("prova/.email.text.mustache.swp", "x");
  EXPECT_TRUE(load_template(folder.path / "prova"));
  EXPECT_TRUE(load_template((folder.path / "prova/").string())) << "with a slash at its end";
  folder.write("prova/it/deep/x", "x");
  EXPECT_FALSE(load_template(folder.path / "prova"));
}

}  // namespace
}  // namespace messo
