#include "model/words.hpp"

#include "model/names.hpp"

namespace messo {
namespace {

using names::Row;
constexpr Row<Channel> kChannelNames[] = {{Channel::pec, "pec"},   {Channel::email, "email"}, {Channel::sms, "sms"},
                                          {Channel::push, "push"}, {Channel::io, "io"},       {Channel::webhook, "webhook"}};
constexpr Row<Priority> kPriorityNames[] = {
    {Priority::urgent, "urgent"}, {Priority::alert, "alert"}, {Priority::normal, "normal"}, {Priority::bulk, "bulk"}};
constexpr Row<TemplateClass> kClassNames[] = {{TemplateClass::courtesy, "courtesy"}, {TemplateClass::legal, "legal"}};
constexpr Row<KeyKind> kKindNames[] = {{KeyKind::live, "live"}, {KeyKind::test, "test"}};
constexpr Row<OnDoubt> kDoubtNames[] = {{OnDoubt::resend, "resend"}, {OnDoubt::ask, "ask"}, {OnDoubt::hold, "hold"}};
constexpr Row<Isolation> kIsolationNames[] = {{Isolation::none, "none"}, {Isolation::process, "process"}};
constexpr Row<TemplateState> kTemplateNames[] = {
    {TemplateState::draft, "draft"}, {TemplateState::published, "published"}, {TemplateState::archived, "archived"}};

template <class E, std::size_t N>
std::string_view name(const Row<E> (&table)[N], E value) {
  return names::name_of<E>(table, value);
}
template <class E, std::size_t N>
std::optional<E> value(const Row<E> (&table)[N], std::string_view text) {
  return names::value_of<E>(table, text);
}

}  // namespace

std::string_view to_string(Channel v) { return name(kChannelNames, v); }
std::string_view to_string(Priority v) { return name(kPriorityNames, v); }
std::string_view to_string(TemplateClass v) { return name(kClassNames, v); }
std::string_view to_string(KeyKind v) { return name(kKindNames, v); }
std::string_view to_string(OnDoubt v) { return name(kDoubtNames, v); }
std::string_view to_string(Isolation v) { return name(kIsolationNames, v); }
std::string_view to_string(TemplateState v) { return name(kTemplateNames, v); }

std::optional<Channel> parse_channel(std::string_view t) { return value(kChannelNames, t); }
std::optional<Priority> parse_priority(std::string_view t) { return value(kPriorityNames, t); }
std::optional<TemplateClass> parse_template_class(std::string_view t) { return value(kClassNames, t); }
std::optional<KeyKind> parse_key_kind(std::string_view t) { return value(kKindNames, t); }
std::optional<OnDoubt> parse_on_doubt(std::string_view t) { return value(kDoubtNames, t); }
std::optional<Isolation> parse_isolation(std::string_view t) { return value(kIsolationNames, t); }
std::optional<TemplateState> parse_template_state(std::string_view t) { return value(kTemplateNames, t); }

}  // namespace messo
