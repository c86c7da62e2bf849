#include "smtp/smtp_channel.hpp"

using messo::smtp::SmtpChannel;
MESSO_EXPORT_CHANNEL(SmtpChannel)
