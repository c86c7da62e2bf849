# The functions every folder's CMakeLists.txt is written with.
set(MESSO_TEST_OPTIONS -O0) # tests are compiled often and run once
include(MessoOptions)
include(MessoPch)

add_custom_target(plugins)           # every plugin
add_custom_target(generated_sources) # what the build writes before it compiles; clang-tidy needs it too

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
    messo_use_pch(messo_${name} messo_pch)
  else()
    add_library(messo_${name} INTERFACE)
    target_include_directories(messo_${name} INTERFACE ${CMAKE_SOURCE_DIR}/core)
    target_link_libraries(messo_${name} INTERFACE ${ARG_DEPENDS})
  endif()
endfunction()

# messo_plugin(NAME SOURCES a.cpp ... LINK lib ...): plugins/NAME.so below the build folder, exporting only the entry symbol.
# A schema.json beside the CMakeLists.txt becomes `kConfigSchema` in "config_schema_json.hpp".
function(messo_plugin name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(plugin_${name} MODULE ${ARG_SOURCES})
  set_target_properties(plugin_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(plugin_${name} PRIVATE ${CMAKE_SOURCE_DIR}/core/channel/sdk ${CMAKE_SOURCE_DIR}/plugins)
  target_link_libraries(plugin_${name} PRIVATE messo_warnings ${ARG_LINK})
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/schema.json)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/schema.json)
    file(READ ${CMAKE_CURRENT_SOURCE_DIR}/schema.json schema)
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/schema/config_schema_json.hpp
      CONTENT "#pragma once\ninline constexpr char kConfigSchema[] = R\"_schema_(@schema@)_schema_\";\n" @ONLY)
    target_include_directories(plugin_${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/schema)
  endif()
  target_link_options(plugin_${name} PRIVATE -Wl,--exclude-libs,ALL -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/plugin.map)
  if(NOT (MESSO_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")) # whose sanitizers live in the program only
    target_link_options(plugin_${name} PRIVATE -Wl,-z,defs)
  endif()
  if(NOT CMAKE_CURRENT_SOURCE_DIR MATCHES "/tests/" AND NOT name MATCHES "^(template|flaky)$")
    install(TARGETS plugin_${name} LIBRARY DESTINATION lib/messo/plugins)
  endif()
  add_dependencies(plugins plugin_${name})
endfunction()

if(MESSO_TESTS)
  include(MessoTests)
endif()
