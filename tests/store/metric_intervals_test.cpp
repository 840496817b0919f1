#include "store/metric_intervals.h"

#include "memory_store.h"

using namespace whinchat;
using namespace whinchat::store;

TEST_CASE("an interval is one row, the newest word goes, and lists are of one length and in order") {
  MemoryStore store;
  Connection& c = *store.connection;
  for (const MetricRow& row : {MetricRow{60, 120, "b"}, MetricRow{60, 60, "a"}, MetricRow{300, 0, "long"}, MetricRow{60, 120, "c"}}) REQUIRE(put_metrics(c, row).ok());
  const auto minutes = list_metrics(c, 60, 0).value();
  REQUIRE(minutes.size() == 2);
  CHECK(minutes[0].data == "a");
  CHECK(minutes[1].data == "c");
  CHECK(list_metrics(c, 60, 61).value().size() == 1);
  CHECK(list_metrics(c, 300, 0).value().size() == 1);
  REQUIRE(drop_metrics(c, 60, 120).ok());
  CHECK(list_metrics(c, 60, 0).value().size() == 1);
  CHECK(list_metrics(c, 300, 0).value().size() == 1);
}

TEST_CASE("active are sessions and tokens used lately, and each user once") {
  MemoryStore store;
  Connection& c = *store.connection;
  const auto session = [&](const std::string& id, const std::string& user, int64_t seen_ms) {
    REQUIRE(run(c, "INSERT INTO session VALUES (?1, ?2, ?3, 0, ?4, 0, 0, '', '')", Blob{id}, id, user, seen_ms).ok());
  };
  CHECK(activity_since(c, 0).value().sessions == 0);
  session("one", store.anna, kT0);
  session("two", store.anna, kT0 - 10);
  session("old", store.bert, kT0 - 1000);
  REQUIRE(run(c, "INSERT INTO api_token VALUES (?1, 't', ?2, 'n', 'chat', 'abcd', 0, NULL, ?3)", Blob{"t"}, store.bert, kT0).ok());
  const Activity active = activity_since(c, kT0 - 10).value();
  CHECK(active.sessions == 3);
  CHECK(active.users == 2);
}
