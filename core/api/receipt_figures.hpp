// Receipts in /metrics.
#pragma once
#include "api/hub_figures.hpp"

namespace messo::api {

struct ApiParts;
void add_receipt_figures(FigureSheet& sheet, const ApiParts& parts);

}  // namespace messo::api
