// The headers that every response carries. Sources: OWASP Secure Headers, W3C CSP 3 and Trusted Types, tested in Chromium.
#pragma once

#include "api/context.h"
#include "http/message.h"

namespace whinchat::api {

void add_standard_headers(const ApiSettings& settings, const http::Request& request, http::Response& response);

}  // namespace whinchat::api
