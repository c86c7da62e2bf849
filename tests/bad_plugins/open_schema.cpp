// Its schema lets every unknown key through.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("open_schema");
  table.config_schema_json = R"({"type":"object","properties":{"host":{"type":"string"}}})";
  return bad::keep(table);
}
