#include "sms_http/description.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "sms_http/callback_description.hpp"
#include "sms_http/description_source.hpp"

namespace messo::sms_http {
namespace {

using Means = AnswerRule::Means;

const std::vector<std::pair<std::string_view, NumberFormat>> kNumberFormats{
    {"+39", NumberFormat::plus}, {"39", NumberFormat::digits}, {"0039", NumberFormat::zeros}};
const std::vector<std::pair<std::string_view, Means>> kMeansWords{{"accepted", Means::accepted},   {"try_later", Means::try_later},
                                                                  {"throttled", Means::throttled}, {"refused", Means::refused},
                                                                  {"account", Means::account},     {"unknown", Means::unknown}};
const std::vector<std::pair<std::string_view, AnswerRule::About>> kAboutWords{{"message", AnswerRule::About::message},
                                                                              {"address", AnswerRule::About::address}};

// Everything a template may name beside what the description itself declares.
constexpr std::string_view kValueNames[] = {"account", "callback_secret", "callback_url", "gsm7", "password", "reference",
                                            "sender",  "segments",        "text",         "to",   "ucs2",     "validity_seconds"};

class DescriptionReader {
 public:
  DescriptionReader(const DescriptionSource& source, const std::string& name) : source_(source), mistakes_(source, name) {}

  Result<Description> read() {
    TableReader top(source_.root, "", mistakes_);
    top.text("like");
    top.text("documentation");
    out_.name = top.needed_text("name");
    out_.base_url = top.needed_text("base_url");
    out_.numbers = top.word("numbers", kNumberFormats, NumberFormat::plus);
    out_.reference_length = static_cast<std::size_t>(top.integer("reference_length", 16, 32, 32));
    out_.most_characters = static_cast<std::size_t>(top.integer("most_characters", 1, 39'015, 0));
    top.table("validity", [this](TableReader& validity) {
      out_.least_validity = validity.integer("least_seconds", 1, 604'800, out_.least_validity);
      out_.most_validity = validity.integer("most_seconds", out_.least_validity, 604'800, out_.most_validity);
    });
    top.table("settings", [this](TableReader& settings) { read_settings(settings); });
    top.table("secrets", [this](TableReader& secrets) {
      for (const auto& [key, meaning] : secrets.all_texts()) declare(secrets, key), out_.secrets.push_back(key);
    });
    // Sign-in comes first: what it finds are values of the other requests.
    top.table("sign_in", [this](TableReader& sign_in) { read_sign_in(sign_in); });
    top.table("authentication", [this](TableReader& table) { read_authentication(table); });
    if (!top.table("send", [this](TableReader& send) { read_send(send); })) mistakes_.add("", "a table [send] is needed");
    top.table("check", [this](TableReader& check) { out_.check = read_request(check, "GET"); });
    top.table("balance", [this](TableReader& balance) { read_balance(balance); });
    top.table("callback", [this](TableReader& callback) {
      out_.callback = read_callback(callback, [this, &callback](const std::string& key, const std::string& text) {
        return compile(callback, key, text, Escaping::none);
      });
    });
    top.done();
    if (!mistakes_.none()) return fail(mistakes_.error());
    return std::move(out_);
  }

 private:
  void declare(TableReader& table, const std::string& name) {
    const auto bad = [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'); };
    if (name.empty() || std::ranges::any_of(name, bad)) table.wrong(name, "use lower-case letters, digits and _ in the name of a value");
    if (std::ranges::count(kValueNames, name) > 0) table.wrong(name, "this name is taken by a value of the message");
    declared_.push_back(name);
  }

  void read_settings(TableReader& settings) {
    for (const auto& key : settings.keys()) {
      declare(settings, key);
      settings.table(key, [&](TableReader& one) {
        DescribedSetting setting;
        setting.name = key;
        setting.meaning = one.needed_text("meaning");
        setting.standard = one.text("default");
        setting.required = one.truth("required", false);
        setting.choices = one.texts("choices");
        for (const auto& choice : setting.choices) declared_.push_back(key + "_" + lower_case(choice));
        if (!setting.choices.empty() && !setting.standard.empty() && std::ranges::count(setting.choices, setting.standard) == 0)
          one.wrong("default", "must be one of the choices");
        out_.settings.push_back(std::move(setting));
      });
    }
  }

  TextTemplate compile(TableReader& table, const std::string& key, const std::string& text, Escaping escaping) {
    auto made = TextTemplate::compile(text, escaping);
    if (!made) {
      table.wrong(key, made.error().message);
      return {};
    }
    for (const auto& name : made->names()) {
      if (name == "callback_url") out_.uses_callback_url = true;
      if (std::ranges::count(kValueNames, name) > 0 || std::ranges::count(declared_, name) > 0) continue;
      std::string known;
      for (const auto one : kValueNames) known += std::string(one) + ", ";
      table.wrong(key,
                  "there is no value \"" + name + "\"; values are " + known + "and those under [settings], [secrets] and [sign_in.answer]");
    }
    return std::move(*made);
  }

  std::vector<RequestField> read_fields(TableReader& table, const std::string& key, bool headers) {
    std::vector<RequestField> out;
    table.table(key, [&](TableReader& fields) {
      for (const auto& [name, text] : fields.all_texts()) {
        const bool odd = std::ranges::any_of(name, [](char c) { return c <= ' ' || c == ':' || c == 127; });
        if (name.empty() || (headers && odd)) fields.wrong(name, "is no name of a header");
        if (headers && equal_ignoring_case(name, "content-length")) fields.wrong(name, "is set by the plugin itself");
        out.push_back({name, compile(fields, name, text, Escaping::none)});
      }
    });
    return out;
  }

  RequestShape read_request(TableReader& table, std::string method) {
    RequestShape out;
    out.method = table.text("method", std::move(method));
    if (out.method != "GET" && out.method != "POST" && out.method != "PUT") table.wrong("method", "write \"GET\", \"POST\" or \"PUT\"");
    const auto path = table.text("path");
    if (std::ranges::any_of(path, [](char c) { return c <= ' ' || c == 127; })) table.wrong("path", "holds a blank: write %20");
    out.path = compile(table, "path", path, Escaping::url);
    out.headers = read_fields(table, "headers", true);
    out.query = read_fields(table, "query", false);
    out.form = read_fields(table, "form", false);
    if (table.has("json")) {
      out.json = compile(table, "json", table.text("json"), Escaping::json);
      check_json(table, *out.json);
    }
    if (out.json && !out.form.empty()) table.wrong("json", "a request has a json or a form, not both");
    if (out.method == "GET" && (out.json || !out.form.empty())) table.wrong("method", "a GET has no body: write \"POST\", or use query");
    return out;
  }

  // With values for everything and with none: what is JSON both times is JSON for every message.
  void check_json(TableReader& table, const TextTemplate& json) {
    Values all;
    for (const auto& name : json.names()) all[name] = name == "segments" || name == "validity_seconds" ? "1" : "\"x\\\n";
    for (const auto& values : {all, Values{}}) {
      if (nlohmann::json::accept(json.render(values))) continue;
      table.wrong("json", values.empty() ? "is no JSON when values are missing: put what needs them in {{#name}}...{{/name}}"
                                         : "is no JSON once values are in: text values belong in quotes");
      return;
    }
  }

  AnswerShape read_answer(TableReader& table, const std::vector<std::string>& names, bool any_name) {
    AnswerShape out;
    for (const auto& pattern : table.texts("patterns")) {
      if (auto added = out.add_pattern(pattern); !added) table.wrong("patterns", added.error().message);
    }
    const bool text = out.is_text();
    for (const auto& key : any_name ? table.keys() : names) {
      if (key == "patterns" || !table.has(key)) continue;
      if (text) table.wrong(key, "patterns are there already: name a group (?P<" + key + ">...) in them");
      if (auto added = out.add_pointer(key, table.text(key)); !added) table.wrong(key, added.error().message);
    }
    if (out.empty()) table.wrong("", "says nothing: write pointers into a JSON answer, or patterns for a text");
    for (const auto& name : out.names()) {
      if (!any_name && std::ranges::count(names, name) == 0) table.wrong("patterns", "the group \"" + name + "\" means nothing here");
    }
    return out;
  }

  void read_sign_in(TableReader& table) {
    SignIn out;
    out.request = read_request(table, "GET");
    if (table.has("username")) out.request.username = compile(table, "username", table.text("username"), Escaping::none);
    if (table.has("password")) out.request.password = compile(table, "password", table.text("password"), Escaping::none);
    out.idle = std::chrono::seconds(table.integer("idle_seconds", 0, 31'536'000, 0));
    if (!table.table("answer", [&](TableReader& answer) {
          out.answer = read_answer(answer, {}, true);
          for (const auto& name : out.answer.names()) declare(answer, name);
        }))
      table.wrong("answer", "is needed: it says where the session or token is");
    out_.sign_in = std::move(out);
  }

  void read_authentication(TableReader& table) {
    out_.headers = read_fields(table, "headers", true);
    if (table.has("username")) out_.username = compile(table, "username", table.text("username"), Escaping::none);
    if (table.has("password")) out_.password = compile(table, "password", table.text("password"), Escaping::none);
    if (out_.username.has_value() != out_.password.has_value()) table.wrong("", "HTTP Basic needs username and password");
  }

  void read_send(TableReader& table) {
    out_.send = read_request(table, "POST");
    if (!table.table("answer", [this](TableReader& answer) {
          out_.answer = read_answer(answer, {"id", "status", "error", "text"}, false);
        }))
      table.wrong("answer", "is needed: it says where the message's id is");
    table.each("outcomes", [this](TableReader& rule) { read_rule(rule); });
  }

  void read_rule(TableReader& table) {
    AnswerRule rule;
    for (const auto& text : table.texts("http")) {
      if (text.size() == 3 && text[0] >= '2' && text[0] <= '5' && text.substr(1) == "xx") {
        rule.http.emplace_back((text[0] - '0') * 100, (text[0] - '0') * 100 + 99);
      } else if (text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
        rule.http.emplace_back(std::stol(text), std::stol(text));
      } else {
        table.wrong("http", "write statuses as 429 or \"5xx\"");
      }
    }
    rule.status = table.texts("status");
    rule.error = table.texts("error");
    const std::pair<const char*, const std::vector<std::string>*> conditions[] = {{"status", &rule.status}, {"error", &rule.error}};
    for (const auto& [key, list] : conditions) {
      if (!list->empty() && !out_.answer.names(key)) table.wrong(key, std::string("[send.answer] does not say where the ") + key + " is");
    }
    if (table.has("text")) {
      auto pattern = make_pattern(table.text("text"));
      if (!pattern) {
        table.wrong("text", pattern.error().message);
      } else {
        rule.text = std::move(*pattern);
      }
      if (!out_.answer.names("text")) table.wrong("text", "[send.answer] does not say where the text is");
    }
    if (rule.http.empty() && rule.status.empty() && rule.error.empty() && !rule.text)
      table.wrong("", "has no condition: write http, status, error or text");
    if (!table.has("means")) table.wrong("means", "is needed");
    rule.means = table.word("means", kMeansWords, Means::refused);
    rule.about = table.word("about", kAboutWords, AnswerRule::About::message);
    rule.code = table.text("code");
    if (rule.code.size() > 40 ||
        std::ranges::any_of(rule.code, [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'); }))
      table.wrong("code", "use at most 40 lower-case letters, digits, _ and -");
    rule.pause = std::chrono::seconds(table.integer("pause_seconds", 1, 86'400, 0));
    out_.rules.push_back(std::move(rule));
  }

  void read_balance(TableReader& table) {
    BalanceShape out;
    out.request = read_request(table, "GET");
    out.currency = table.text("currency", "EUR");
    if (!table.table("answer", [&](TableReader& answer) { out.answer = read_answer(answer, {"amount", "messages", "currency"}, false); }))
      table.wrong("answer", "is needed: it says where the amount is");
    out_.balance = std::move(out);
  }

  const DescriptionSource& source_;
  Mistakes mistakes_;
  Description out_;
  std::vector<std::string> declared_;
};

}  // namespace

Result<Description> read_description(std::string_view toml, const std::string& name) {
  auto source = parse_description(toml, name);
  if (!source) return fail(std::move(source.error()));
  if (const auto like = source->root.find("like"); like != source->root.end()) {
    const auto& shipped = shipped_descriptions();
    const auto base =
        std::ranges::find_if(shipped, [&](const auto& one) { return like->is_string() && one.name == like->get<std::string>(); });
    Mistakes mistakes(*source, name);
    if (base == shipped.end()) {
      std::string known;
      for (const auto& one : shipped) known += (known.empty() ? "" : ", ") + std::string(one.name);
      mistakes.add("/like", "there is no gateway of that name; there are " + known);
      return fail(mistakes.error());
    }
    auto base_source = parse_description(base->toml, "gateway " + std::string(base->name));
    if (!base_source) return fail(std::move(base_source.error()));
    *source = laid_over(*base_source, *source);
  }
  return DescriptionReader(*source, name).read();
}

}  // namespace messo::sms_http
