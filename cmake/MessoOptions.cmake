# What a build can be told, and the compiler and linker flags that follow from it.
option(MESSO_TESTS "Build the tests, fuzz targets and benchmarks" ON)
option(MESSO_PCH "Use precompiled headers" ON)
option(MESSO_UNITY "Compile faster: groups of sources together, nlohmann::json once (the presets do)" OFF)
option(MESSO_LTO "Optimise across translation units" OFF)
option(MESSO_GMIME "Build what uses GMime (ThreadSanitizer reports GLib's mutexes falsely)" ON)
option(MESSO_COVERAGE "Measure line coverage with gcov" OFF)
set(MESSO_SANITIZE "" CACHE STRING "Sanitizers: address,undefined | thread | fuzzer,address,undefined")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
# Debug information costs a tenth of the build: Debug and the sanitizers' builds have it.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -DNDEBUG")
# Sources that run rarely (COLD in core/CMakeLists.txt) take half the time to compile this way; a release optimises all alike.
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" AND NOT MESSO_COVERAGE)
  set(MESSO_COLD_OPTIONS -Og)
endif()
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1 -fno-omit-frame-pointer")
set(CMAKE_C_FLAGS_SANITIZE ${CMAKE_CXX_FLAGS_SANITIZE})
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

# One flavour of object for libraries, programs and plugins, so that they can share precompiled headers.
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
add_compile_options(-fPIC -fno-semantic-interposition)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ collects its garbage later: a tenth off every source, for 1 GiB of memory a job.
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:--param ggc-min-heapsize=1000000>")
endif()

# What is measured and tested is hardened like what is shipped.
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_compile_options(-fstack-protector-strong)
add_link_options(-Wl,--as-needed -Wl,-z,relro -Wl,-z,now)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_FORTIFY_SOURCE=2)
  add_compile_options(-fstack-clash-protection -fcf-protection)
endif()

if(MESSO_SANITIZE)
  string(REPLACE "fuzzer" "fuzzer-no-link" compile_sanitizers "${MESSO_SANITIZE}")
  string(REGEX REPLACE "fuzzer,?" "" link_sanitizers "${MESSO_SANITIZE}")
  add_compile_options(-fsanitize=${compile_sanitizers})
  add_link_options(-fsanitize=${link_sanitizers})
  if(MESSO_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The instrumentation hides from g++ what it would need to know for these two warnings.
    add_compile_options(-Wno-maybe-uninitialized -Wno-stringop-overflow)
  endif()
endif()
if(MESSO_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic -O0)
  add_link_options(--coverage)
endif()
if(MESSO_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Precompiled headers are cached only when time macros and header defines are ignored; the base folder lets clones share results.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)

add_library(messo_warnings INTERFACE)
target_compile_options(messo_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  -Wnon-virtual-dtor -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(messo_warnings INTERFACE -Werror) # clang's other warnings come from clang-tidy
endif()
