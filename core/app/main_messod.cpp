#include <iostream>

#include "app/run_messod.hpp"

int main(int argc, char** argv) { return messo::run_messod(argc, argv, std::cout, std::cerr); }
