#include "scenario/sms/sms_story.hpp"

#include <fmt/format.h>

namespace messo::test {

void SmsStory::SetUp() {
  if (const auto missing = peers::npm_smpp_missing()) GTEST_SKIP() << *missing;
}

void SmsStory::begin_without_provider() {
  daemon.start();
  town = found_town(daemon, {});
  publish_template(daemon, "sms-libero",
                   {{"template.toml",
                     "key = \"sms-libero\"\ntitle = \"Testo libero\"\nclass = \"courtesy\"\nlanguage = \"it\"\n"
                     "[sms]\npolicy = \"unicode\"\nmax_segments = 255\n[[plan]]\nchannel = \"sms\"\nsuccess = \"delivered\"\n"
                     "[variables.testo]\ntype = \"text\"\ndescription = \"Il testo.\"\nexample = \"Buongiorno\"\n"},
                    {"it/sms.text.mustache", "{{testo}}"}});
}

void SmsStory::begin(const std::string& config, const Json& smsc_settings, const std::string& settings) {
  smsc = std::make_unique<peers::NpmSmsc>(smsc_settings);
  begin_without_provider();
  apply(provider_entry(*smsc, "smsc", config, settings));
}

std::string SmsStory::provider_entry(const peers::NpmSmsc& at, const std::string& key, const std::string& config,
                                     const std::string& settings) const {
  return fmt::format(
      "[[provider]]\nkey = \"{}\"\nplugin = \"smpp\"\nchannel = \"sms\"\n{}\n[provider.retry]\nwaits = [\"1 s\"]\n[provider.config]\n"
      "host = \"127.0.0.1\"\nport = {}\nsystem_id = \"messo\"\npassword = \"segreto\"\nsender = \"{}\"\n{}\n",
      key, settings, at.port(), kSender, config);
}

std::string SmsStory::posted(const std::string& text, const std::string& phone, const Json& more) const {
  Json job{{"template", "sms-libero"}, {"recipient", {{"language", "it"}, {"phone", phone}}}, {"data", {{"testo", text}}}};
  job.update(more);
  return accepted(job.dump());
}

std::string SmsStory::ends(const std::string& text, const std::string& status, const std::string& phone, Millis limit) const {
  const auto id = posted(text, phone);
  EXPECT_TRUE(reaches(id, status, limit));
  return id;
}

bool SmsStory::reaches(const std::string& id, const std::string& status, Millis limit) const {
  if (becomes(id, status, limit)) return true;
  ADD_FAILURE() << "not " << status << ": " << read(id).dump(1) << "\n" << smsc->stats().dump() << "\n" << daemon.log();
  return false;
}

std::string SmsStory::citizen(std::size_t number) { return fmt::format("+39347{:07}", number); }

std::vector<std::string> SmsStory::shown(const std::string& phone) const {
  std::vector<std::string> out;
  const auto messages = smsc->phone(phone.substr(1));  // over SMPP there is no plus
  for (const auto& message : messages) {
    EXPECT_EQ(message.at("repeated"), 0) << message.dump();
    if (message.at("complete")) out.push_back(message.at("text"));
  }
  return out;
}

}  // namespace messo::test
