#include "store/search_plan.h"

#include <algorithm>
#include <cmath>

#include "base/limits.h"

namespace whinchat::store {

namespace {

constexpr double kEnough = 40;         // texts that are expected to be left: another list would cost more than looking at them
constexpr double kEverywhere = 0.8;    // the share of all texts from which on a list says nothing
constexpr double kSameTerm = 0.5;      // parts of one word come together: a second one says half as much

struct Weighed {
  const SearchNeed* need;
  double share;  // of the texts that have it, among the newest
};

Result<double> share_of(Connection& connection, std::string_view probe, const SearchNeed& need, int64_t top) {
  struct Newest {
    int64_t count = 0;
    int64_t first = 0;
  };
  auto newest = one<Newest>(connection, probe, [](const Row& row) { return Newest{row.integer(0), row.integer(1)}; }, need.match, top);
  if (!newest.ok()) return std::move(newest).error();
  const Newest found = newest->value_or(Newest{});
  const bool all = found.count < limits::kSearchProbe;
  return static_cast<double>(found.count) / static_cast<double>(std::max<int64_t>(1, all ? top : top - found.first));
}

}  // namespace

std::string match_of(const std::vector<SearchNeed>& needs) {
  std::string out;
  for (const SearchNeed& need : needs) out += (out.empty() ? "" : " AND ") + need.match;
  return out;
}

Result<SearchPlan> plan_search(Connection& connection, std::string_view probe, const std::vector<SearchNeed>& needs, int64_t top) {
  std::vector<Weighed> weighed;
  for (const SearchNeed& need : needs) {
    auto share = share_of(connection, probe, need, top);
    if (!share.ok()) return std::move(share).error();
    if (*share <= 0) return SearchPlan{};
    weighed.push_back({&need, *share});
  }
  std::stable_sort(weighed.begin(), weighed.end(), [](const Weighed& a, const Weighed& b) { return a.share < b.share; });
  std::vector<SearchNeed> chosen, telling, own;
  for (const Weighed& one : weighed) {
    if (telling.empty() || one.share < kEverywhere) telling.push_back(*one.need);
    if (telling.back().match == one.need->match || one.need->term == kOwner) own.push_back(*one.need);
  }
  double left = static_cast<double>(top);
  for (const Weighed& next : weighed) {
    if (!chosen.empty() && (left <= kEnough || next.share >= kEverywhere)) break;
    const bool again = std::any_of(chosen.begin(), chosen.end(), [&](const SearchNeed& one) { return one.term == next.need->term; });
    left *= std::pow(std::min(next.share, 1.0), again ? kSameTerm : 1.0);
    chosen.push_back(*next.need);
  }
  return SearchPlan{match_of(chosen), match_of(telling), match_of(own)};
}

}  // namespace whinchat::store
