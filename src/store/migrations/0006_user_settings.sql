-- What a person keeps for every device: instructions and saved prompts, as JSON (store/user_settings.h).
CREATE TABLE user_settings (
  user_id TEXT PRIMARY KEY REFERENCES user(id) ON DELETE CASCADE,
  body TEXT NOT NULL,
  revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
