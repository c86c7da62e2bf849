# Test programs, fuzz targets and benchmarks. CTest labels are the folders below tests/: unit, conformance, scenario, fuzz, ...
add_custom_target(test_programs)       # all that CTest runs, with the plugins it loads
add_custom_target(sanitized_programs)  # those that `./dev check` also runs under sanitizers
add_custom_target(fuzzers)             # every fuzz target
add_custom_target(benchmarks)
add_dependencies(test_programs plugins)
add_dependencies(sanitized_programs plugins)

# messo_test_label(OUT): the folder below tests/ that the current CMakeLists.txt is in.
function(messo_test_label out)
  file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR})
  string(REGEX REPLACE "/.*" "" label "${path}")
  set(${out} ${label} PARENT_SCOPE)
endfunction()

# messo_test(NAME [HEAVY] [GMIME] [TIMEOUT seconds] DEPENDS lib ...): every *.cpp below the current folder as one GoogleTest program.
# HEAVY: uses most of the machine, never runs beside another heavy one (all of tests/scenario is).
# GMIME: uses GMime, left out where MESSO_GMIME is off. Working folder of the tests: the source root.
function(messo_test name)
  cmake_parse_arguments(ARG "HEAVY;GMIME" "TIMEOUT" "DEPENDS" ${ARGN})
  if(ARG_GMIME AND NOT MESSO_GMIME)
    return()
  endif()
  messo_test_label(label)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_compile_options(${name} PRIVATE ${MESSO_TEST_OPTIONS})
  target_link_libraries(${name} PRIVATE messo_warnings ${ARG_DEPENDS} gmock gtest_main gtest)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR}/plugins)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  messo_use_pch(${name} messo_test_pch)

  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "MESSO_BUILD_DIR=${CMAKE_BINARY_DIR};GTEST_OUTPUT=xml:${CMAKE_BINARY_DIR}/test-results/${name}.xml")
  if(ARG_HEAVY OR label STREQUAL "scenario")
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK machine COST 1000)
  endif()
  add_dependencies(test_programs ${name})
  if(label STREQUAL "scenario" OR label STREQUAL "chaos")
    add_dependencies(test_programs messod messo)
  endif()
  if(label MATCHES "^(unit|conformance|bad_plugins)$")
    add_dependencies(sanitized_programs ${name})
  endif()
endfunction()

# messo_fuzz(NAME DEPENDS lib ...): NAME.cpp of the current folder defines LLVMFuzzerTestOneInput; its inputs are tests/fuzz/corpus/NAME/.
# Under libFuzzer (preset fuzz) it is the fuzzer; in every other build a program that replays the corpus, known to CTest.
function(messo_fuzz name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  set(target fuzz_${name})
  set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  add_executable(${target} ${CMAKE_CURRENT_SOURCE_DIR}/${name}.cpp)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR}/plugins)
  target_link_libraries(${target} PRIVATE messo_warnings ${ARG_DEPENDS})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  add_dependencies(fuzzers ${target})
  if(MESSO_SANITIZE MATCHES "fuzzer")
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    return()
  endif()
  target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
  add_test(NAME fuzz_replay_${name} COMMAND ${target} ${corpus})
  set_tests_properties(fuzz_replay_${name} PROPERTIES LABELS fuzz TIMEOUT 120)
  add_dependencies(test_programs ${target})
  add_dependencies(sanitized_programs ${target})
endfunction()

# messo_bench(NAME SOURCES a.cpp ... DEPENDS lib ...): a Google Benchmark program build/bench/NAME, run by `./dev bench`.
function(messo_bench name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR}/plugins)
  target_link_libraries(${name} PRIVATE messo_warnings ${ARG_DEPENDS} benchmark_main benchmark)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
  add_dependencies(benchmarks ${name})
endfunction()
