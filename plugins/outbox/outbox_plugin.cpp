#include "outbox/outbox_channel.hpp"

using messo::outbox::OutboxChannel;
MESSO_EXPORT_CHANNEL(OutboxChannel)
