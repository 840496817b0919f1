// The way of every request, in order: client address, host, HTTPS, route, origin, media type, limits, handler, headers.
#pragma once

#include "api/context.h"
#include "http/server.h"

namespace whinchat::api {

// The context must outlive the server.
http::ServerOptions make_server_options(Context& context);

}  // namespace whinchat::api
