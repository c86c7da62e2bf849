# Shared sets of precompiled headers. A source includes what it uses all the same: the build for clang-tidy has no precompiled headers and
# shows what is missing. docs/decisions/0001 has the measurements.
set(CMAKE_PCH_WARN_INVALID OFF) # a target with flags of its own does without, quietly

set(common_headers <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <cstring> <deque> <filesystem>
  <functional> <map> <memory> <mutex> <optional> <set> <span> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector>
  <fmt/format.h> <nlohmann/json_fwd.hpp> <tl/expected.hpp>)

# messo_pch_carrier(NAME HEADER...): an otherwise empty library that owns a set of precompiled headers.
function(messo_pch_carrier name)
  set(anchor ${CMAKE_BINARY_DIR}/pch/${name}.cpp)
  if(NOT EXISTS ${anchor})
    file(WRITE ${anchor} "// Owns precompiled headers.\n")
  endif()
  add_library(${name} OBJECT ${anchor})
  target_link_libraries(${name} PRIVATE messo_warnings)
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

# messo_use_pch(TARGET CARRIER): compile TARGET with the carrier's headers, in builds that have it.
function(messo_use_pch target carrier)
  if(TARGET ${carrier})
    target_precompile_headers(${target} REUSE_FROM ${carrier})
  endif()
endfunction()

if(MESSO_UNITY)
  # nlohmann::json compiled once for all (cmake/json/nlohmann/json.hpp); every target made from here on links it.
  add_library(messo_json STATIC ${CMAKE_SOURCE_DIR}/cmake/json/instantiation.cpp)
  target_include_directories(messo_json SYSTEM PUBLIC ${CMAKE_SOURCE_DIR}/cmake/json)
  link_libraries(messo_json)
endif()

if(MESSO_PCH)
  set(json_headers <nlohmann/json.hpp> <prometheus/counter.h> <prometheus/histogram.h> <prometheus/registry.h>)
  messo_pch_carrier(messo_pch ${common_headers})
  messo_pch_carrier(messo_json_pch ${common_headers} ${json_headers})
  if(MESSO_COLD_OPTIONS)
    messo_pch_carrier(messo_cold_pch ${common_headers} ${json_headers})
    target_compile_options(messo_cold_pch PRIVATE ${MESSO_COLD_OPTIONS})
  endif()
  if(MESSO_TESTS)
    messo_pch_carrier(messo_test_pch ${common_headers} <nlohmann/json.hpp> <gmock/gmock.h>)
    target_compile_options(messo_test_pch PRIVATE ${MESSO_TEST_OPTIONS})
  endif()
endif()
