#include "api/resources/resources.hpp"
#include "api/views.hpp"

namespace messo::api::resources {

Response read_balance(Exchange& exchange) {
  if (!exchange.hub.parts.balance) return problem(exchange.request, 503, "unavailable", "This node runs no providers.");
  const std::string key(exchange.args.front());
  const auto balance = exchange.hub.parts.balance(key);
  if (!balance) {
    const Error& error = balance.error();
    if (error.code == "no_balance") return problem(exchange.request, 409, error.code, error.message);
    // What the plugin says is for operators, and only they may ask.
    if (error.code == "bad_balance") return problem(exchange.request, 503, error.code, error.message);
    return answer(exchange.request, error);
  }
  Json body = {{"provider", key}, {"asked_at", to_rfc3339(exchange.now)}};
  views::put(body, "amount", balance->amount);
  views::put(body, "currency", balance->currency);
  if (balance->messages) body["messages"] = *balance->messages;
  views::put(body, "detail", balance->text);
  return answer(body);
}

}  // namespace messo::api::resources
