# messo_embed_migrations(TARGET FOLDER): FOLDER/NNNN_name.sql, in order, as sqlite::embedded_migrations() of TARGET.
function(messo_embed_migrations target folder)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.sql)
  list(SORT files)
  set(rows "")
  foreach(file ${files})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(stem ${file} NAME_WE)
    string(REGEX MATCH "^0*([0-9]+)_(.+)$" matched ${stem})
    file(READ ${file} sql)
    string(APPEND rows "    {${CMAKE_MATCH_1}, \"${CMAKE_MATCH_2}\", R\"_sql_(${sql})_sql_\"},\n")
  endforeach()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${folder}/embedded.cpp)
  file(CONFIGURE OUTPUT ${out} @ONLY CONTENT [[#include "store/sqlite/migrations.hpp"

namespace messo::sqlite {
namespace {
constexpr Migration kAll[] = {
@rows@};
}  // namespace
std::span<const Migration> embedded_migrations() { return kAll; }
}  // namespace messo::sqlite
]])
  target_sources(${target} PRIVATE ${out})
endfunction()
