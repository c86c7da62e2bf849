// PDUs with every field filled, and random ones, for the tests of the codec.
#pragma once
#include <random>
#include <vector>

#include "smpp_pdu/pdu.hpp"

namespace messo::smpp::test {

// One PDU of each command a client meets, every field with a value of its own.
std::vector<Pdu> one_of_each();
// A PDU of the same command with random texts up to their maximum, octets and TLVs.
Pdu random_like(const Pdu& sample, std::mt19937& random);

}  // namespace messo::smpp::test
