// References that are no text, broken JSON, far too many or far too long, in an outcome and in a receipt.
#include "bad_plugin.hpp"

namespace {

messo_reference reference(const char* kind, std::size_t kind_length, const char* value, std::size_t value_length) {
  return {sizeof(messo_reference), 0, {kind, kind_length}, {value, value_length}};
}

}  // namespace

BAD_ENTRY {
  auto table = bad::good_table("corrupt_references");
  table.submit = [](messo_instance*, const messo_message* const* batch, std::size_t) -> std::int32_t {
    static const std::string kLong(100'000, 'v');
    static const messo_reference kEach[] = {
        reference("id", 2, "{\"id\": \"unclosed", 16),
        reference("i\"d\n", 4, "\xC3\x28\x00\xFF", 4),
        reference(kLong.data(), kLong.size(), "x", 1),
        reference("id", 2, kLong.data(), kLong.size()),
        reference("id", 2, "", 0),
    };
    static messo_reference cut = reference("id", 2, "cut", 3);
    cut.struct_size = 8;
    std::vector<const messo_reference*> list;
    for (const auto& one : kEach) list.push_back(&one);
    list.push_back(&cut);
    list.push_back(nullptr);
    for (int i = 0; i < 1000; ++i) list.push_back(&kEach[0]);
    messo_receipt receipt{};
    receipt.struct_size = sizeof receipt;
    receipt.kind = MESSO_RECEIPT_DELIVERED;
    receipt.dedupe_key = bad::str("key");
    receipt.references = list.data();
    receipt.reference_count = list.size();
    const messo_receipt* const receipts[] = {&receipt};
    bad::host->on_receipts(bad::host->ctx, receipts, 1);
    messo_outcome out = bad::outcome_for(batch[0]->attempt, MESSO_PENDING);
    out.references = list.data();
    out.reference_count = list.size();
    bad::host->on_outcome(bad::host->ctx, &out);
    return MESSO_OK;
  };
  return bad::keep(table);
}
