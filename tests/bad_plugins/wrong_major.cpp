// Built for a border this hub does not know.
extern "C" __attribute__((visibility("default"))) const void* messo_channel_entry_v7(void) { return nullptr; }
