// POST /api/csp-report: what browsers say when a page of ours tried something that its Content-Security-Policy forbids.
// Logged, never stored. Sources: CSP Level 3 (2026-10) 5.2 and 5.3, for report-uri (one "csp-report") and report-to (a list
// of reports, Reporting API). Anybody can send such a thing, so it is bounded, and nothing in it is believed or acted upon.
#include <nlohmann/json.hpp>

#include "api/error_response.h"
#include "api/routes.h"
#include "base/json.h"
#include "base/limits.h"

namespace whinchat::api {

namespace {

using nlohmann::json;

std::string_view text_of(const json& report, const char* name, const char* old_name) {
  for (const char* key : {name, old_name}) {
    const auto found = report.find(key);
    if (found != report.end() && found->is_string()) return found->get_ref<const std::string&>();
  }
  return {};
}

int64_t line_of(const json& report) {
  for (const char* key : {"lineNumber", "line-number"}) {
    const auto found = report.find(key);
    if (found != report.end() && found->is_number_integer()) return found->get<int64_t>();
  }
  return 0;
}

// Addresses without query and fragment: those may hold what somebody typed.
std::string_view bare(std::string_view address) {
  return address.substr(0, std::min(address.find_first_of("?#"), limits::kReportTextBytes));
}

void log_report(const Context& context, const http::Request& request, const json& report) {
  if (!report.is_object()) return;
  context.log.warning("csp", "A page was kept from doing what its policy forbids",
                      {{"directive", text_of(report, "effectiveDirective", "effective-directive").substr(0, limits::kReportTextBytes)},
                       {"blocked", bare(text_of(report, "blockedURL", "blocked-uri"))},
                       {"document", bare(text_of(report, "documentURL", "document-uri"))},
                       {"source", bare(text_of(report, "sourceFile", "source-file"))},
                       {"line", line_of(report)}, {"client", request.client_ip}, {"request_id", request.request_id}});
}

}  // namespace

http::Response handle_csp_report(Context& context, const Call& call) {
  const auto body = parse_json(call.request.body);
  if (!body.ok()) return error_response(body.error());
  if (body->is_object()) {
    if (const auto report = body->find("csp-report"); report != body->end()) log_report(context, call.request, *report);
  } else if (body->is_array()) {
    size_t logged = 0;
    for (const json& report : *body) {
      if (!report.is_object() || report.value("type", json()) != "csp-violation" || !report.contains("body")) continue;
      if (++logged > limits::kReportsPerBody) break;
      log_report(context, call.request, report["body"]);
    }
  }
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace whinchat::api
