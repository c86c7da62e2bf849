// Tells peers that run as programs what to do, one command a line (tests/peers/control_port.hpp).
#pragma once
#include <cstdint>
#include <string>

namespace messo::test {

// Sends the line and returns the answer's line, with its end. Throws std::runtime_error when nobody answers on 127.0.0.1:`port`.
std::string tell_control_port(std::uint16_t port, const std::string& command);

}  // namespace messo::test
