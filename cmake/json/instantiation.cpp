// The one place where nlohmann::json is compiled.
#define MESSO_JSON_TEMPLATE template class
#include <nlohmann/json.hpp>
