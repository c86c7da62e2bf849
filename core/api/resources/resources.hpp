// The resources, each in the file of its name; routes.cpp says where each is served and what it needs.
#pragma once
#include "api/exchange.hpp"

namespace messo::api::resources {

using http::Response;

Response post_notification(Exchange& exchange);                                                            // notifications_post.cpp
Response list_notifications(Exchange& exchange);                                                           // notifications_list.cpp
Response read_notification(Exchange& exchange);                                                            // notification.cpp
Response cancel_notification(Exchange& exchange);                                                          // notification_cancel.cpp
Response read_evidence(Exchange& exchange);                                                                // evidence.cpp
Response read_evidence_key(Exchange& exchange);                                                            // evidence.cpp
Response list_templates(Exchange& exchange);                                                               // templates.cpp
Response read_template(Exchange& exchange);                                                                // templates.cpp
Response preview_template(Exchange& exchange);                                                             // template_preview.cpp
Response read_events(Exchange& exchange);                                                                  // events.cpp
Response list_suppressions(Exchange& exchange);                                                            // suppressions.cpp
Response add_suppression(Exchange& exchange);                                                              // suppressions.cpp
Response remove_suppression(Exchange& exchange);                                                           // suppressions.cpp
Response take_callback(Exchange& exchange);                                                                // callbacks.cpp
std::optional<Response> admit_callback(Hub& hub, const http::Request& request, const std::string& token);  // callbacks.cpp
Response read_status(Exchange& exchange);                                                                  // status.cpp
Response read_metrics(Exchange& exchange);                                                                 // metrics.cpp
Response read_openapi(Exchange& exchange);                                                                 // openapi.cpp

Response admin_status(Exchange& exchange);            // admin_status.cpp
Response admin_books(Exchange& exchange);             // admin_status.cpp
Response admin_audit(Exchange& exchange);             // admin_status.cpp
Response admin_apply(Exchange& exchange);             // admin_apply.cpp
Response list_organisations(Exchange& exchange);      // admin_organisations.cpp
Response add_organisation(Exchange& exchange);        // admin_organisations.cpp
Response list_sms_senders(Exchange& exchange);        // admin_sms_senders.cpp
Response put_sms_sender(Exchange& exchange);          // admin_sms_senders.cpp
Response remove_sms_sender(Exchange& exchange);       // admin_sms_senders.cpp
Response list_services(Exchange& exchange);           // admin_services.cpp
Response add_service(Exchange& exchange);             // admin_services.cpp
Response list_keys(Exchange& exchange);               // admin_keys.cpp
Response add_key(Exchange& exchange);                 // admin_keys.cpp
Response revoke_key(Exchange& exchange);              // admin_keys.cpp
Response erase_person(Exchange& exchange);            // admin_erasures.cpp
Response list_providers(Exchange& exchange);          // admin_providers.cpp
Response pause_provider(Exchange& exchange);          // admin_providers.cpp
Response resume_provider(Exchange& exchange);         // admin_providers.cpp
Response try_provider(Exchange& exchange);            // admin_provider_test.cpp
Response read_balance(Exchange& exchange);            // admin_provider_balance.cpp
Response read_usage(Exchange& exchange);              // admin_usage.cpp
Response list_doubts(Exchange& exchange);             // admin_doubts.cpp
Response read_doubt(Exchange& exchange);              // admin_doubts.cpp
Response ask_doubt(Exchange& exchange);               // admin_doubts_decide.cpp
Response resend_doubt(Exchange& exchange);            // admin_doubts_decide.cpp
Response close_doubt(Exchange& exchange);             // admin_doubts_decide.cpp
Response renew_callback_token(Exchange& exchange);    // admin_receipts.cpp
Response list_receipts(Exchange& exchange);           // admin_receipts.cpp
Response read_receipt_original(Exchange& exchange);   // admin_receipts.cpp
Response list_quarantine(Exchange& exchange);         // admin_receipts.cpp
Response read_quarantined(Exchange& exchange);        // admin_receipts.cpp
Response read_quarantined_raw(Exchange& exchange);    // admin_receipts.cpp
Response retry_quarantined(Exchange& exchange);       // admin_receipts.cpp
Response drop_quarantined(Exchange& exchange);        // admin_receipts.cpp
Response list_mailboxes(Exchange& exchange);          // admin_receipts.cpp
Response list_template_versions(Exchange& exchange);  // admin_templates.cpp
Response import_template(Exchange& exchange);         // admin_templates.cpp
Response export_template(Exchange& exchange);         // admin_templates.cpp
Response publish_template(Exchange& exchange);        // admin_templates.cpp
Response archive_template(Exchange& exchange);        // admin_templates.cpp

}  // namespace messo::api::resources
