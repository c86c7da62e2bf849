#include "api/resources/resources.hpp"
#include "openapi_yaml.hpp"  // written by the build from docs/openapi.yaml

namespace messo::api::resources {

Response read_openapi(Exchange&) {
  Response response;
  response.content_type = "application/yaml";
  response.body = kOpenapiYaml;
  return response;
}

}  // namespace messo::api::resources
