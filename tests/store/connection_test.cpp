#include "store/connection.h"

#include <doctest/doctest.h>

#include "../base/temporary_folder.h"

using namespace whinchat;
using namespace whinchat::store;

namespace {

std::unique_ptr<Connection> memory() {
  auto opened = Connection::open(":memory:", Mode::kWriter);
  REQUIRE(opened.ok());
  REQUIRE((*opened)->execute("CREATE TABLE t (a INTEGER, b TEXT, c BLOB, d REAL) STRICT").ok());
  return std::move(opened).value();
}

}  // namespace

TEST_CASE("values of every kind come back as they were bound") {
  const auto c = memory();
  const std::string bytes("\0\xff\0x", 4);
  REQUIRE(run(*c, "INSERT INTO t VALUES (?1, ?2, ?3, ?4)", int64_t{1} << 40, "Grüße\n", Blob{bytes}, 0.5).ok());
  REQUIRE(run(*c, "INSERT INTO t VALUES (?1, ?2, ?3, ?4)", std::optional<int>(), nullptr, std::optional<Blob>(), std::optional<double>(2.5)).ok());
  struct Read { std::optional<int64_t> a; std::optional<std::string> b; std::string c; double d; };
  auto rows = all<Read>(*c, "SELECT a, b, c, d FROM t ORDER BY rowid", [](const Row& r) {
    return Read{r.integer_or_null(0), r.text_or_null(1), r.text(2), r.real(3)};
  });
  REQUIRE(rows.ok());
  REQUIRE(rows->size() == 2);
  CHECK(rows->at(0).a == int64_t{1} << 40);
  CHECK(rows->at(0).b == "Grüße\n");
  CHECK(rows->at(0).c == bytes);
  CHECK(rows->at(0).d == 0.5);
  CHECK(!rows->at(1).a);
  CHECK(!rows->at(1).b);
  CHECK(rows->at(1).d == 2.5);
}

TEST_CASE("an empty text is a text, not NULL") {
  const auto c = memory();
  REQUIRE(run(*c, "INSERT INTO t (b) VALUES (?1)", std::string_view()).ok());
  auto null = one<bool>(*c, "SELECT b IS NULL FROM t", [](const Row& r) { return r.flag(0); });
  REQUIRE(null.ok());
  CHECK(**null == false);
}

TEST_CASE("what breaks a constraint is a conflict, and its value is in no message") {
  const auto c = memory();
  REQUIRE(c->execute("CREATE UNIQUE INDEX t_b ON t(b)").ok());
  REQUIRE(run(*c, "INSERT INTO t (b) VALUES (?1)", "a very private text").ok());
  auto again = run(*c, "INSERT INTO t (b) VALUES (?1)", "a very private text");
  REQUIRE(!again.ok());
  CHECK(again.error().code == ErrorCode::kConflict);
  CHECK((again.error().message + again.error().detail).find("private") == std::string::npos);
}

TEST_CASE("SQL that cannot be prepared fails at the step, not before") {
  const auto c = memory();
  Statement statement(*c, "SELECT nothing FROM nowhere");
  statement.bind(1, 2, 3);
  auto stepped = statement.step();
  REQUIRE(!stepped.ok());
  CHECK(stepped.error().code == ErrorCode::kInternal);
}

TEST_CASE("a statement that takes longer than its time ends, and the next one has time again") {
  const auto c = memory();
  constexpr std::string_view kLong = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000000000) SELECT max(i) FROM n";
  c->set_time_limit_ms(20);
  auto ended = one<int64_t>(*c, kLong, [](const Row& r) { return r.integer(0); });
  REQUIRE(!ended.ok());
  CHECK(ended.error().code == ErrorCode::kTimeout);
  c->set_time_limit_ms(0);
  CHECK(one<int64_t>(*c, "SELECT 1", [](const Row& r) { return r.integer(0); }).ok());
}

TEST_CASE("a reader cannot write, whatever it is asked") {
  TemporaryFolder folder;
  auto writer = Connection::open(folder / "a.db", Mode::kWriter);
  REQUIRE(writer.ok());
  REQUIRE((*writer)->execute("CREATE TABLE t (a INTEGER) STRICT").ok());
  auto reader = Connection::open(folder / "a.db", Mode::kReader);
  REQUIRE(reader.ok());
  CHECK(!run(**reader, "INSERT INTO t VALUES (1)").ok());
  CHECK(one<int64_t>(**reader, "SELECT count(*) FROM t", [](const Row& r) { return r.integer(0); }).ok());
}

TEST_CASE("a reader makes no file") {
  TemporaryFolder folder;
  CHECK(!Connection::open(folder / "missing.db", Mode::kReader).ok());
}
