# Settings and functions every part of the build shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Precompiled headers are cached only when time macros and header defines are ignored.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)

add_library(messo_warnings INTERFACE)
target_compile_options(messo_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Werror)

# messo_library(NAME DEPENDS a b ...): core/NAME/**.cpp as one static library `messo_NAME`.
# New source files are picked up at the next build.
function(messo_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "main_[a-z]+\\.cpp$")
  if(sources)
    add_library(messo_${name} STATIC ${sources})
    target_include_directories(messo_${name} PUBLIC ${CMAKE_SOURCE_DIR}/core)
    target_link_libraries(messo_${name} PRIVATE messo_warnings PUBLIC ${ARG_DEPENDS})
  else()
    add_library(messo_${name} INTERFACE)
    target_include_directories(messo_${name} INTERFACE ${CMAKE_SOURCE_DIR}/core)
    target_link_libraries(messo_${name} INTERFACE ${ARG_DEPENDS})
  endif()
endfunction()

# messo_plugin(NAME SOURCES a.cpp ... LINK lib ...): plugins/NAME.so below the build folder, exporting only the entry symbol.
function(messo_plugin name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(plugin_${name} MODULE ${ARG_SOURCES})
  set_target_properties(plugin_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(plugin_${name} PRIVATE ${CMAKE_SOURCE_DIR}/core/channel/sdk ${CMAKE_SOURCE_DIR}/plugins)
  target_link_libraries(plugin_${name} PRIVATE messo_warnings ${ARG_LINK})
  target_link_options(plugin_${name} PRIVATE -Wl,--exclude-libs,ALL -Wl,-z,defs)
endfunction()

# messo_test(NAME DEPENDS lib ...): every *.cpp of the current folder as one GoogleTest program, each of its tests known to CTest.
# Working folder of the tests: the source root.
function(messo_test name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE messo_warnings ${ARG_DEPENDS} gmock gtest_main gtest)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR}/plugins)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endfunction()
