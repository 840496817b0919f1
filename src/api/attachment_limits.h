// What a client has to know before it offers to attach files. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace whinchat::api {

// {"per_message","message_bytes_max","bytes_max":{"image","text","pdf"},"image_types":[..]}
nlohmann::ordered_json attachment_limits();

}  // namespace whinchat::api
