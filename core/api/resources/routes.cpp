#include "api/resources/resources.hpp"

namespace messo::api {
namespace {

using namespace resources;

constexpr std::string_view kPost[] = {"validate", "service", "mode"};
constexpr std::string_view kList[] = {"reference", "status", "template", "from", "to", "cursor", "limit", "service"};
constexpr std::string_view kForService[] = {"service"};
constexpr std::string_view kVersionForService[] = {"version", "service"};
constexpr std::string_view kEvents[] = {"after", "limit", "wait", "service"};
constexpr std::string_view kLimit[] = {"limit"};
constexpr std::string_view kAny[] = {kAnyParameter};
constexpr std::string_view kReceiptList[] = {"unmatched", "provider", "cursor", "limit"};
constexpr std::string_view kQuarantine[] = {"provider", "limit"};
constexpr std::string_view kDryRun[] = {"dry_run"};
constexpr std::string_view kDoubts[] = {"provider", "organisation", "before", "cursor", "limit"};
constexpr std::string_view kSuppressions[] = {"address", "channel", "organisation", "cursor", "limit", "service"};
constexpr std::string_view kOrganisation[] = {"organisation"};
constexpr std::string_view kUsage[] = {"organisation", "days"};
constexpr std::string_view kOrganisationAlias[] = {"organisation", "alias"};
constexpr std::string_view kOrganisationVersion[] = {"organisation", "version"};

const Route kRoutes[] = {
    {"POST", "/v1/notifications", kApplications, Need::send, kPost, true, post_notification},
    {"GET", "/v1/notifications", kApplications, Need::read, kList, false, list_notifications},
    {"GET", "/v1/notifications/{id}", kApplications, Need::read, kForService, false, read_notification},
    {"POST", "/v1/notifications/{id}/cancel", kApplications, Need::send, kForService, false, cancel_notification},
    {"GET", "/v1/notifications/{id}/evidence", kApplications, Need::read, kForService, false, read_evidence},
    {"GET", "/v1/evidence/key", kEverywhere, Need::nothing, {}, false, read_evidence_key},
    {"GET", "/v1/templates", kApplications, Need::send_or_read, kForService, false, list_templates},
    {"GET", "/v1/templates/{key}", kApplications, Need::send_or_read, kVersionForService, false, read_template},
    {"POST", "/v1/templates/{key}/preview", kApplications, Need::send_or_read, kVersionForService, true, preview_template},
    {"GET", "/v1/events", kApplications, Need::read, kEvents, false, read_events},
    {"GET", "/v1/suppressions", kApplications, Need::read, kSuppressions, false, list_suppressions},
    {"POST", "/v1/suppressions", kApplications, Need::send, kForService, true, add_suppression},
    {"DELETE", "/v1/suppressions/{id}", kApplications, Need::send, kForService, false, remove_suppression},
    {"POST", "/v1/callbacks/{token}", kPublic, Need::nothing, kAny, false, take_callback, admit_callback},
    {"GET", "/v1/callbacks/{token}", kPublic, Need::nothing, kAny, false, take_callback, admit_callback},
    {"GET", "/status", kEverywhere, Need::nothing, {}, false, read_status},
    {"GET", "/openapi.yaml", kEverywhere, Need::nothing, {}, false, read_openapi},
    {"GET", "/metrics", kAdministrators, Need::nothing, {}, false, read_metrics},
    {"GET", "/v1/admin/status", kAdministrators, Need::admin, {}, false, admin_status},
    {"GET", "/v1/admin/books", kAdministrators, Need::whole_hub, {}, false, admin_books},
    {"GET", "/v1/admin/audit", kAdministrators, Need::whole_hub, kLimit, false, admin_audit},
    {"POST", "/v1/admin/apply", kAdministrators, Need::whole_hub, kDryRun, true, admin_apply},
    {"GET", "/v1/admin/organisations", kAdministrators, Need::admin, {}, false, list_organisations},
    {"POST", "/v1/admin/organisations", kAdministrators, Need::whole_hub, {}, true, add_organisation},
    {"GET", "/v1/admin/services", kAdministrators, Need::admin, kOrganisation, false, list_services},
    {"POST", "/v1/admin/services", kAdministrators, Need::admin, {}, true, add_service},
    {"GET", "/v1/admin/sms-senders", kAdministrators, Need::admin, kOrganisation, false, list_sms_senders},
    {"POST", "/v1/admin/sms-senders", kAdministrators, Need::admin, {}, true, put_sms_sender},
    {"DELETE", "/v1/admin/sms-senders", kAdministrators, Need::admin, kOrganisationAlias, false, remove_sms_sender},
    {"GET", "/v1/admin/keys", kAdministrators, Need::admin, kForService, false, list_keys},
    {"POST", "/v1/admin/keys", kAdministrators, Need::admin, {}, true, add_key},
    {"POST", "/v1/admin/keys/{id}/revoke", kAdministrators, Need::admin, {}, false, revoke_key},
    {"POST", "/v1/admin/erasures", kAdministrators, Need::admin, {}, true, erase_person},
    {"GET", "/v1/admin/providers", kAdministrators, Need::admin, {}, false, list_providers},
    {"POST", "/v1/admin/providers/{key}/pause", kAdministrators, Need::whole_hub, {}, true, pause_provider},
    {"POST", "/v1/admin/providers/{key}/resume", kAdministrators, Need::whole_hub, {}, false, resume_provider},
    {"POST", "/v1/admin/providers/{key}/test", kAdministrators, Need::whole_hub, {}, false, try_provider},
    {"GET", "/v1/admin/providers/{key}/balance", kAdministrators, Need::whole_hub, {}, false, read_balance},
    {"POST", "/v1/admin/providers/{key}/callback-token", kAdministrators, Need::whole_hub, {}, false, renew_callback_token},
    {"GET", "/v1/admin/usage", kAdministrators, Need::admin, kUsage, false, read_usage},
    {"GET", "/v1/admin/receipts", kAdministrators, Need::whole_hub, kReceiptList, false, list_receipts},
    {"GET", "/v1/admin/receipts/quarantine", kAdministrators, Need::whole_hub, kQuarantine, false, list_quarantine},
    {"GET", "/v1/admin/receipts/quarantine/{id}", kAdministrators, Need::whole_hub, {}, false, read_quarantined},
    {"GET", "/v1/admin/receipts/quarantine/{id}/raw", kAdministrators, Need::whole_hub, {}, false, read_quarantined_raw},
    {"POST", "/v1/admin/receipts/quarantine/{id}/retry", kAdministrators, Need::whole_hub, {}, false, retry_quarantined},
    {"POST", "/v1/admin/receipts/quarantine/{id}/drop", kAdministrators, Need::whole_hub, {}, false, drop_quarantined},
    {"GET", "/v1/admin/receipts/{id}/original", kAdministrators, Need::whole_hub, {}, false, read_receipt_original},
    {"GET", "/v1/admin/mailboxes", kAdministrators, Need::whole_hub, {}, false, list_mailboxes},
    {"GET", "/v1/admin/doubts", kAdministrators, Need::admin, kDoubts, false, list_doubts},
    {"GET", "/v1/admin/doubts/{id}", kAdministrators, Need::admin, {}, false, read_doubt},
    {"POST", "/v1/admin/doubts/{id}/ask", kAdministrators, Need::admin, {}, true, ask_doubt},
    {"POST", "/v1/admin/doubts/{id}/resend", kAdministrators, Need::admin, {}, true, resend_doubt},
    {"POST", "/v1/admin/doubts/{id}/close", kAdministrators, Need::admin, {}, true, close_doubt},
    {"GET", "/v1/admin/templates", kAdministrators, Need::admin, kOrganisation, false, list_template_versions},
    {"POST", "/v1/admin/templates", kAdministrators, Need::admin, kOrganisation, true, import_template},
    {"GET", "/v1/admin/templates/{key}", kAdministrators, Need::admin, kOrganisationVersion, false, resources::export_template},
    {"POST", "/v1/admin/templates/{key}/publish", kAdministrators, Need::admin, kOrganisationVersion, false, publish_template},
    {"POST", "/v1/admin/templates/{key}/archive", kAdministrators, Need::admin, kOrganisation, false, archive_template},
};

}  // namespace

std::span<const Route> routes() { return kRoutes; }

}  // namespace messo::api
