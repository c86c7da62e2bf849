// What the zoo's animals have in common: a well-behaved table written against the bare C border, which each animal spoils in one way.
#pragma once
#include <atomic>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include "asked_calls.hpp"
#include "messo_channel.h"

#define BAD_ENTRY extern "C" __attribute__((visibility("default"))) const messo_channel* messo_channel_entry_v0(void)

namespace bad {

inline const messo_host* host = nullptr;  // of the last instance: the tests make one at a time
inline std::atomic<int> alive = 0;

inline messo_str str(const char* text) { return {text, std::strlen(text)}; }

inline messo_outcome outcome_for(const messo_id& attempt, std::uint32_t kind = MESSO_SENT) {
  messo_outcome out{};
  out.struct_size = sizeof out;
  out.kind = kind;
  out.attempt = attempt;
  out.retry_after_ms = -1;
  out.code = str("zoo.answer");
  return out;
}
inline void answer(const messo_id& attempt, std::uint32_t kind = MESSO_SENT) {
  const messo_outcome out = outcome_for(attempt, kind);
  host->on_outcome(host->ctx, &out);
}

// The calls that the test asks for: their address comes as text in `from_name`. None where it is no number.
inline AskedCalls* asked_calls(const messo_message& message) {
  std::uintptr_t address = 0;
  std::from_chars(message.from_name.ptr, message.from_name.ptr + message.from_name.len, address);
  return reinterpret_cast<AskedCalls*>(address);
}
// Goes on calling: a number of times at once, and then as the test asks.
template <class Call>
void go_on(AskedCalls* asked, Call call) {
  for (int i = 0; i < 20; ++i) call();
  if (asked != nullptr) asked->obey_for_ever(call);
}

inline const char* const kChannels[] = {"email", nullptr};
inline const char* const kExtensions[] = {nullptr};

inline messo_channel good_table(const char* name) {
  messo_channel t{};
  t.struct_size = sizeof t;
  t.name = name;
  t.version = "0.0.1";
  t.channels = kChannels;
  t.extensions = kExtensions;
  t.preferred_batch = 1;
  t.max_batch = 10;
  t.config_schema_json = R"({"type":"object","additionalProperties":false,"properties":{}})";
  t.create = [](messo_str config, const messo_host* given, messo_buffer* error) -> messo_instance* {
    if (config.len == 0 || config.ptr[0] != '{') {
      static constexpr char kSentence[] = "the configuration is no object";
      std::memcpy(error->ptr, kSentence, sizeof kSentence - 1);
      error->len = sizeof kSentence - 1;
      return nullptr;
    }
    host = given;
    return reinterpret_cast<messo_instance*>(&alive);
  };
  t.start = [](messo_instance*, messo_buffer*) -> std::int32_t {
    host->credits(host->ctx, 10, 0, messo_str{nullptr, 0});
    return MESSO_OK;
  };
  t.submit = [](messo_instance*, const messo_message* const* batch, std::size_t count) -> std::int32_t {
    for (std::size_t i = 0; i < count; ++i) {
      const bool late = host->now_ms(host->ctx) >= batch[i]->send_before_ms;
      answer(batch[i]->attempt, late ? MESSO_TRY_LATER : MESSO_SENT);
    }
    return MESSO_OK;
  };
  t.stop = [](messo_instance*, std::int64_t) {};
  t.destroy = [](messo_instance*) {};
  return t;
}

inline const messo_channel* keep(messo_channel table) {
  static messo_channel kept;
  kept = table;
  return &kept;
}

struct Extension {
  const char* id;
  const void* table;
};
inline const messo_channel* keep_with(messo_channel table, std::initializer_list<Extension> extensions) {
  static const std::vector<Extension> all(extensions);
  static const std::vector<const char*> listed = [] {
    std::vector<const char*> out;
    for (const Extension& one : all) out.push_back(one.id);
    out.push_back(nullptr);
    return out;
  }();
  table.extensions = listed.data();
  table.extension = [](const char* id) -> const void* {
    for (const Extension& one : all) {
      if (std::strcmp(one.id, id) == 0) return one.table;
    }
    return nullptr;
  };
  return keep(table);
}

}  // namespace bad
