#include "store/user_settings.h"

namespace whinchat::store {

Result<UserSettings> settings_of_user(Connection& c, std::string_view user_id) {
  auto row = one<UserSettings>(c, "SELECT body, revision FROM user_settings WHERE user_id = ?1",
                               [](const Row& r) { return UserSettings{r.text(0), r.integer(1)}; }, user_id);
  if (!row.ok()) return std::move(row).error();
  return std::move(*row).value_or(UserSettings());
}

Result<UserSettings> put_settings(Connection& c, std::string_view user_id, const UserSettings& wanted) {
  auto stored = settings_of_user(c, user_id);
  if (!stored.ok() || stored->revision != wanted.revision) return stored;
  auto put = run(c,
                 "INSERT INTO user_settings (user_id, body, revision) VALUES (?1, ?2, ?3)"
                 " ON CONFLICT DO UPDATE SET body = excluded.body, revision = excluded.revision",
                 user_id, wanted.body, wanted.revision + 1);
  if (!put) return std::move(put).error();
  return UserSettings{wanted.body, wanted.revision + 1};
}

}  // namespace whinchat::store
