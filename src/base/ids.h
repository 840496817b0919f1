// Identifiers of what is stored: UUID version 7, as text of 36 characters in lower case.
//
// They sort by the time they were made, may be made by a client before the server knows of them, and give nothing away but
// that time. Source: RFC 9562, section 5.7 (May 2024). Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace whinchat {

// Unique, and never smaller than one made before by this process, whatever the system's clock does.
std::string make_id(int64_t epoch_ms);

// Exactly 8-4-4-4-12 lower-case hexadecimal digits, version 7, variant 10. Nothing else may reach a query.
bool is_id(std::string_view text);

// The moment it was made, in ms. The text must be an id.
int64_t id_epoch_ms(std::string_view id);

}  // namespace whinchat
