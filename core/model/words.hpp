// The closed vocabularies of DESIGN §1 and §5 with their wire names. The numbers are stored: never renumber, only append.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace messo {

enum class Channel : std::uint8_t { pec = 1, email = 2, sms = 3, push = 4, io = 5, webhook = 6 };
enum class Priority : std::uint8_t { urgent = 0, alert = 1, normal = 2, bulk = 3 };  // ascending = served with less weight
enum class TemplateClass : std::uint8_t { courtesy = 0, legal = 1 };
enum class KeyKind : std::uint8_t { live = 0, test = 1 };
enum class OnDoubt : std::uint8_t { resend = 0, ask = 1, hold = 2 };  // DESIGN §3
enum class Isolation : std::uint8_t { none = 0, process = 1 };        // where a provider's plugin runs
enum class TemplateState : std::uint8_t { draft = 0, published = 1, archived = 2 };

inline constexpr std::array kChannels{Channel::pec, Channel::email, Channel::sms, Channel::push, Channel::io, Channel::webhook};
inline constexpr std::array kPriorities{Priority::urgent, Priority::alert, Priority::normal, Priority::bulk};

std::string_view to_string(Channel value);
std::string_view to_string(Priority value);
std::string_view to_string(TemplateClass value);
std::string_view to_string(KeyKind value);
std::string_view to_string(OnDoubt value);
std::string_view to_string(Isolation value);
std::string_view to_string(TemplateState value);

std::optional<Channel> parse_channel(std::string_view text);
std::optional<Priority> parse_priority(std::string_view text);
std::optional<TemplateClass> parse_template_class(std::string_view text);
std::optional<KeyKind> parse_key_kind(std::string_view text);
std::optional<OnDoubt> parse_on_doubt(std::string_view text);
std::optional<Isolation> parse_isolation(std::string_view text);
std::optional<TemplateState> parse_template_state(std::string_view text);

}  // namespace messo
