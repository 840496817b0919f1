// What of a query the index is asked for. Walking the list of a word that stands in every other text costs more than looking
// at the few texts that the rare ones leave; which are rare is asked of the index itself. Internal to store/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/connection.h"
#include "store/search_query.h"

namespace whinchat::store {

struct SearchPlan {
  std::string few;        // MATCH for the needs that leave few texts; empty: nothing has them all
  std::string telling;    // for all that does not stand nearly everywhere, when there turn out to be more
  std::string own;        // the same and the user's key
};

std::string match_of(const std::vector<SearchNeed>& needs);

// probe: how many of the newest rows below ?2 that match ?1 there are (kSearchProbe at most), and the first row number of them.
// top: no row has this number or a higher one.
Result<SearchPlan> plan_search(Connection& connection, std::string_view probe, const std::vector<SearchNeed>& needs, int64_t top);

}  // namespace whinchat::store
