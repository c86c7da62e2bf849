#include <iostream>

#include "app/cli/commands.hpp"

int main(int argc, char** argv) {
  messo::cli::Session session(std::cout, std::cerr);
  return messo::cli::run_messo(argc, argv, session);
}
