// The table [callback] of a description.
#pragma once
#include <functional>

#include "sms_http/description.hpp"
#include "sms_http/description_source.hpp"

namespace messo::sms_http {

// `compile` makes a template of the key's text and reports what is wrong with it.
using CompileText = std::function<TextTemplate(const std::string& key, const std::string& text)>;
CallbackShape read_callback(TableReader& table, const CompileText& compile);

}  // namespace messo::sms_http
