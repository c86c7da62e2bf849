#include "sms_http/sms_http_channel.hpp"

MESSO_EXPORT_CHANNEL(messo::sms_http::SmsHttpChannel)
