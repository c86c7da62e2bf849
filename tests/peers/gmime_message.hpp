// GMime's objects held by values, and a message parsed. Not the plugins' reader: that is what the peers' messages try.
#pragma once
#include <gmime/gmime.h>

#include <memory>
#include <string_view>

#include "base/freed_by.hpp"

namespace messo::peers {

template <class T>
using GObject = std::unique_ptr<T, FreedBy<g_object_unref>>;

// Null when GMime can make nothing of it.
inline GObject<GMimeMessage> parse_message(std::string_view eml) {
  static const bool ready = (g_mime_init(), true);
  (void)ready;
  const GObject<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(eml.data(), eml.size()));
  const GObject<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  return GObject<GMimeMessage>(g_mime_parser_construct_message(parser.get(), nullptr));
}

}  // namespace messo::peers
