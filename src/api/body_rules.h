// Which bodies a route takes, judged by the request's head before anything of the body is read. Pure.
#pragma once

#include <optional>

#include "api/routes.h"
#include "http/message.h"

namespace whinchat::api {

// The refusal (415, 413), if so.
std::optional<http::Response> check_body_headers(const Route& route, const http::Request& request);

}  // namespace whinchat::api
