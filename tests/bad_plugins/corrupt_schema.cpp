// Its schema is not JSON.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("corrupt_schema");
  table.config_schema_json = R"({"type":"object","additionalProperties":false,)";
  return bad::keep(table);
}
