// Kannel 1.4.5 as a hub for SMS: smsbox takes messages over HTTP, bearerbox keeps them in its file store, sends them over one SMPP bind and
// takes their receipts. Out of its Debian package, which packaging/install-deps bench unpacks.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace messo::test {

struct KannelFigures {
  double per_second = 0;
  double cpu_us_per_message = 0;
  std::uint64_t peak_anonymous_bytes = 0;
};

// Why it cannot be measured here; empty when it can.
std::string kannel_missing();

// Sends so many messages from `connections` HTTP clients through a new SMSC of its own, and waits for the last receipt. Throws
// std::runtime_error when something is lost.
KannelFigures measure_kannel(std::size_t messages, std::size_t connections, std::size_t window);

}  // namespace messo::test
