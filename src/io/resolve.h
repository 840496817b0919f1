// Host names to addresses without blocking a loop, and without the host's libnss modules (c-ares inside, on a worker).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "io/offload.h"
#include "io/stream.h"

namespace whinchat::io {

// Literal addresses (with or without brackets) and "localhost" need no look-up and no file. Otherwise /etc/hosts, then
// DNS as /etc/resolv.conf says. IPv6 and IPv4 interleaved, at most 8. On a fiber. Errors: kProviderUnavailable, kTimeout.
Result<std::vector<Endpoint>> resolve(WorkerPool& pool, const std::string& host, int port, TimePoint deadline);

}  // namespace whinchat::io
