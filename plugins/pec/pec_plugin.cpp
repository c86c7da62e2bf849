#include "pec/pec_channel.hpp"

using messo::pec::PecChannel;
MESSO_EXPORT_CHANNEL(PecChannel)
