#include "smpp/smpp_channel.hpp"

using messo::smpp::SmppChannel;
MESSO_EXPORT_CHANNEL(SmppChannel)
