// Talks to systemd, when it is there (sd_notify(3): one datagram to $NOTIFY_SOCKET).
#pragma once
#include <string_view>

namespace messo {

// `state`: "READY=1", "STOPPING=1", "RELOADING=1\nMONOTONIC_USEC=...". Does nothing without a service manager; a failure is not an error.
void notify_service_manager(std::string_view state);

}  // namespace messo
