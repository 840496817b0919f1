// The Content-Disposition of a file that is to be saved. Pure.
#pragma once

#include <string>
#include <string_view>

namespace whinchat::api {

// attachment, with the name twice: old clients read the first one, all others the second (RFC 6266, RFC 8187).
std::string disposition(std::string_view name);

}  // namespace whinchat::api
