// Small JSON texts of the API without building a document; base/json_text.h writes the strings.
#pragma once

#include <string>
#include <string_view>

#include "base/json_text.h"

namespace whinchat::api {

// {"error": ..., and what else is given}. Empty values and a retry of 0 are left out.
struct ErrorBody {
  std::string_view error;
  std::string_view message = {};
  std::string_view code = {};
  int retry_after_s = 0;
  std::string_view request_id = {};
};
std::string error_json(const ErrorBody& body);

}  // namespace whinchat::api
