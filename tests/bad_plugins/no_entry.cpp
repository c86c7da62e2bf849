// A library, but no plugin.
extern "C" __attribute__((visibility("default"))) int answer_to_everything(void) { return 42; }
