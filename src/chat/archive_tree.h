// Reading fields that may be missing or of any type, and putting nodes into the order of a tree. Internal to chat/archive_*.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/import.h"

namespace whinchat::chat {

// The field, or nothing when it is missing or of another type.
std::string text_of(const nlohmann::json& object, const char* name);                  // missing: ""
std::optional<int64_t> time_of(const nlohmann::json& object, const char* name);       // RFC 3339 text or seconds since 1970
std::optional<int64_t> count_of(const nlohmann::json& object, const char* name);      // a whole number, not negative
bool flag_of(const nlohmann::json& object, const char* name);
const nlohmann::json& object_of(const nlohmann::json& object, const char* name);      // missing: an empty object
const nlohmann::json& list_of(const nlohmann::json& object, const char* name);        // missing: an empty list

std::string title_from(std::string_view text);  // on one line, at most limits::kTitleCodePoints
std::string name_from(std::string_view text);   // of a model or provider; anything else than its characters: ""

// A node as it stands in the file. keep: false: only its children count.
struct ArchiveNode {
  store::ImportedMessage message;      // source and parent_source are the file's own
  bool keep = true;
  int64_t order = 0;                   // among its siblings
};

// Parents before children; children of what is not kept hang on the nearest kept one above, a parent that is not there
// counts as none, and a circle begins with the first of its nodes in the file.
std::vector<store::ImportedMessage> in_tree_order(std::vector<ArchiveNode> nodes);

}  // namespace whinchat::chat
