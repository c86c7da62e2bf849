// What is left on a provider's account, as a plugin tells it (extension balance/1). Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace messo {

struct Balance {
  std::string amount, currency;           // "12.34", "EUR"; empty: not told
  std::optional<std::uint64_t> messages;  // how many more may be sent
  std::string text;                       // one sentence, for operators; may be empty
};

// The object of messo_channel.h. Errors: internal "bad_balance" naming the member, for whatever is none.
Result<Balance> read_balance(std::string_view json);

}  // namespace messo
