#include "store/migrate.h"

#include <string>

namespace whinchat::store {

namespace {

Result<int64_t> integer_of(Connection& connection, std::string_view sql) {
  auto value = one<int64_t>(connection, sql, [](const Row& row) { return row.integer(0); });
  if (!value.ok()) return value.error();
  return value->value_or(0);
}

// Tables are rebuilt in migrations, so keys are not followed while one runs; at its end they must all be right.
Result<void> check_foreign_keys(Connection& connection) {
  auto broken = one<std::string>(connection, "PRAGMA foreign_key_check", [](const Row& row) { return row.text(0); });
  if (!broken.ok()) return broken.error();
  if (!*broken) return {};
  return Error{ErrorCode::kInternal, "The upgrade would leave rows without what they belong to.", "foreign_key_check: table " + **broken};
}

Result<void> run_step(Connection& writer, const Migration& step) {
  if (auto done = writer.execute(std::string(step.sql)); !done) return done;
  if (auto checked = check_foreign_keys(writer); !checked) return checked;
  return writer.execute("PRAGMA application_id=" + std::to_string(kApplicationId) + "; PRAGMA user_version=" + std::to_string(step.number));
}

Result<void> run_in_transaction(Connection& writer, const Migration& step) {
  if (auto begun = writer.execute("PRAGMA foreign_keys=OFF; BEGIN IMMEDIATE"); !begun) return begun;
  Result<void> done = run_step(writer, step);
  if (done) done = writer.execute("COMMIT");
  if (!done && writer.in_transaction()) (void)writer.execute("ROLLBACK");
  (void)writer.execute("PRAGMA foreign_keys=ON");
  return done;
}

}  // namespace

Result<int> check_version(Connection& connection, std::span<const Migration> known) {
  auto version = integer_of(connection, "PRAGMA user_version");
  auto application = integer_of(connection, "PRAGMA application_id");
  auto tables = integer_of(connection, "SELECT count(*) FROM sqlite_schema");
  for (const auto* read : {&version, &application, &tables}) {
    if (!read->ok()) return read->error();
  }
  if (*tables == 0 && *application == 0 && *version == 0) return 0;
  if (*application != kApplicationId) {
    return Error{ErrorCode::kConfig, "This file is a database of another program, not one of Whinchat.",
                 "application_id " + std::to_string(*application)};
  }
  const int newest = known.empty() ? 0 : known.back().number;
  if (*version > newest) {
    return Error{ErrorCode::kConfig, "The database has version " + std::to_string(*version) + ", and this program knows versions up to " +
                                         std::to_string(newest) + ": it was written by a newer Whinchat. Start that one, or restore a backup "
                                         "that this one made.", {}};
  }
  return static_cast<int>(*version);
}

Result<void> migrate(Connection& writer, std::span<const Migration> known) {
  auto version = check_version(writer, known);
  if (!version.ok()) return version.error();
  for (const Migration& step : known) {
    if (step.number <= *version) continue;
    if (auto done = run_in_transaction(writer, step); !done) {
      Error error = done.error();
      error.detail = std::string(step.name) + ": " + error.detail;
      return error;
    }
  }
  return {};
}

}  // namespace whinchat::store
