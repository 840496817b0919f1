-- Times are epoch ms, money is micro-USD, ids are UUIDv7 text. Rows that FTS5 or a cursor points at have an integer key.

CREATE TABLE plan (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  messages_day INTEGER,             -- NULL: unlimited, here and below
  tokens_day INTEGER,
  tokens_month INTEGER,
  cost_month_micros INTEGER,
  is_default INTEGER NOT NULL DEFAULT 0,
  updated_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO plan (id, name, messages_day, tokens_day, tokens_month, cost_month_micros, is_default) VALUES
  ('free', 'Free', 100, 200000, 2000000, 5000000, 1),
  ('plus', 'Plus', 500, 2000000, 20000000, 50000000, 0),
  ('unlimited', 'Unlimited', NULL, NULL, NULL, NULL, 0);

CREATE TABLE user (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,    -- what names are compared by: folded, confusable forms refused before
  password TEXT NOT NULL DEFAULT '',-- PHC string; '': nobody can log in with a password
  role TEXT NOT NULL CHECK (role IN ('user', 'admin')),
  plan_id TEXT NOT NULL REFERENCES plan(id),
  is_local INTEGER NOT NULL DEFAULT 0,   -- the one user of open mode
  disabled INTEGER NOT NULL DEFAULT 0,
  totp_secret BLOB,                 -- sealed with the secret key; NULL: none
  totp_enabled INTEGER NOT NULL DEFAULT 0,
  totp_last_step INTEGER NOT NULL DEFAULT 0,  -- a code works once
  revision INTEGER NOT NULL DEFAULT 0,        -- counts changes of this user's conversations
  purged_revision INTEGER NOT NULL DEFAULT 0, -- changes up to here include rows that are really gone
  created_ms INTEGER NOT NULL,
  last_seen_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX user_local ON user(is_local) WHERE is_local = 1;

CREATE TABLE recovery_code (
  user_id TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  code_hash BLOB NOT NULL,
  PRIMARY KEY (user_id, code_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  token_hash BLOB PRIMARY KEY,      -- SHA-256 of the cookie's value
  id TEXT NOT NULL UNIQUE,          -- what lists show
  user_id TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  created_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  idle_until_ms INTEGER NOT NULL,
  absolute_until_ms INTEGER NOT NULL,
  ip TEXT NOT NULL,                 -- /24 or /48
  user_agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_user ON session(user_id, last_seen_ms);

CREATE TABLE api_token (
  token_hash BLOB PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,             -- "chat read write", in this order
  last4 TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER,               -- NULL: never
  last_used_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_token_user ON api_token(user_id);

CREATE TABLE invite (
  id TEXT PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('user', 'admin')),
  plan_id TEXT NOT NULL REFERENCES plan(id),
  user_id TEXT REFERENCES user(id) ON DELETE CASCADE, -- set: the link lets this user choose a new password
  created_by TEXT,                  -- NULL: the command line
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  used_ms INTEGER
) STRICT;

CREATE TABLE provider_key (
  provider TEXT PRIMARY KEY,
  origin TEXT NOT NULL,             -- the key goes to this origin only
  nonce BLOB NOT NULL,
  sealed BLOB NOT NULL,             -- AES-256-GCM
  last4 TEXT NOT NULL,
  updated_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,              -- user id, "command line" or "server"
  action TEXT NOT NULL,
  target TEXT NOT NULL DEFAULT '',
  ip TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audit_at ON audit(at_ms);
CREATE TRIGGER audit_only_grows BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_keeps BEFORE DELETE ON audit WHEN OLD.at_ms > (SELECT value FROM meta WHERE name = 'audit_kept_until_ms')
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT;
INSERT INTO meta VALUES ('audit_kept_until_ms', 0), ('clean_end', 1), ('accounts_changed', 0);

CREATE TABLE conversation (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  title TEXT NOT NULL DEFAULT '',
  title_source TEXT NOT NULL DEFAULT 'none' CHECK (title_source IN ('none', 'auto', 'manual')),
  pinned INTEGER NOT NULL DEFAULT 0,
  archived INTEGER NOT NULL DEFAULT 0,
  deleted_ms INTEGER,               -- set: can be restored for 30 days
  provider TEXT NOT NULL DEFAULT '',
  model TEXT NOT NULL DEFAULT '',
  draft TEXT NOT NULL DEFAULT '',
  head_id TEXT,                     -- the leaf of the branch that is shown
  source TEXT,                      -- "chatgpt:<id>", "claude:<id>", "whinchat:<id>": imported once
  search_key TEXT NOT NULL,         -- the user in the search index: store/search.h
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  revision INTEGER NOT NULL         -- the user's revision at the last change
) STRICT;
CREATE INDEX conversation_list ON conversation(user_id, archived, pinned, updated_ms, seq) WHERE deleted_ms IS NULL;
CREATE INDEX conversation_revision ON conversation(user_id, revision);
CREATE INDEX conversation_trash ON conversation(user_id, deleted_ms, seq) WHERE deleted_ms IS NOT NULL;
CREATE INDEX conversation_deleted ON conversation(deleted_ms) WHERE deleted_ms IS NOT NULL;
CREATE UNIQUE INDEX conversation_source ON conversation(user_id, source) WHERE source IS NOT NULL;

-- Messages form a tree: a changed question or another answer is a sibling, nothing is overwritten.
CREATE TABLE message (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
  search_key TEXT NOT NULL,         -- the conversation's: a deletion that cascades cannot ask for it any more
  parent_id TEXT REFERENCES message(id),
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'system')),
  kind TEXT NOT NULL DEFAULT 'message' CHECK (kind IN ('message', 'summary')),
  content TEXT NOT NULL,
  reasoning TEXT NOT NULL DEFAULT '',
  provider TEXT NOT NULL DEFAULT '',
  model TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'done' CHECK (state IN ('done', 'running', 'stopped', 'interrupted', 'failed')),
  turn_id TEXT,
  source TEXT,                      -- its id where it was imported from, when it has another one here
  finish_reason TEXT NOT NULL DEFAULT '',
  error_code TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT '',
  input_tokens INTEGER,             -- of an answer, as of its turn: copies and imported answers have no turn
  cached_tokens INTEGER,
  cache_write_tokens INTEGER,
  output_tokens INTEGER,
  reasoning_tokens INTEGER,
  cost_micros INTEGER,
  estimated INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX message_conversation ON message(conversation_id, seq);
CREATE UNIQUE INDEX message_source ON message(conversation_id, source) WHERE source IS NOT NULL;
CREATE INDEX message_parent ON message(parent_id);

CREATE TABLE turn (
  id TEXT PRIMARY KEY,              -- made by the client: the idempotency key
  user_id TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  conversation_id TEXT NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('ask', 'regenerate', 'continue')),
  request_hash BLOB NOT NULL,       -- SHA-256 of what was asked: the same again answers the first result
  user_message_id TEXT,
  message_id TEXT NOT NULL,         -- the answer
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'stopped', 'interrupted', 'failed')),
  runs TEXT NOT NULL DEFAULT '',    -- order of the answer's bytes: "r120 t3400", reasoning and text by length
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  finish_reason TEXT NOT NULL DEFAULT '',
  error_code TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT '',
  input_tokens INTEGER,
  cached_tokens INTEGER,
  cache_write_tokens INTEGER,
  output_tokens INTEGER,
  reasoning_tokens INTEGER,
  cost_micros INTEGER,
  estimated INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  finished_ms INTEGER
) STRICT;
CREATE INDEX turn_conversation ON turn(conversation_id, created_ms);
CREATE INDEX turn_running ON turn(conversation_id) WHERE state = 'running';
-- A terminal state is written once.
CREATE TRIGGER turn_ends_once BEFORE UPDATE OF state ON turn WHEN OLD.state <> 'running'
BEGIN SELECT RAISE(ABORT, 'the turn has ended'); END;

-- What running turns have answered so far, before anybody is shown it; moved into the message at the end. All turns write
-- at the end of this one table, so that a round of thousands of streams touches a few pages and not one for each stream:
-- therefore no index and no foreign key. A row replaces everything of its turn from its position on. Rows of ended turns
-- are left behind and removed from the beginning.
CREATE TABLE turn_journal (
  seq INTEGER PRIMARY KEY,
  turn_id TEXT NOT NULL,
  at INTEGER NOT NULL,              -- bytes of the answer before this piece, those that the message began with included
  reasoning INTEGER NOT NULL,       -- 0: text
  piece TEXT NOT NULL
) STRICT;

-- What was used, for quotas and for people to look at.
CREATE TABLE usage (
  user_id TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  day TEXT NOT NULL,                -- "2026-11-25", UTC
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  messages INTEGER NOT NULL DEFAULT 0,
  input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  cost_micros INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, day, provider, model)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_day ON usage(day);

-- What is set aside for calls that run; settled when they end, and at the start for those that a crash cut.
CREATE TABLE reservation (
  id TEXT PRIMARY KEY,              -- the turn's id, or one made for a stateless request
  user_id TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  day TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL
) STRICT;
CREATE INDEX reservation_user ON reservation(user_id);

-- Search: words (unicode61, and every character of scripts without spaces is a word: store/search_words.h), and parts of
-- words (trigram). Each row begins with its user's search_key, so that a search walks over the caller's rows alone. The
-- tables keep no text: what is deleted is taken out with the words it was put in with. Of a message the first 200,000
-- characters are indexed (the same figure stands in store/search.cpp), so that no job of the writer takes long.
CREATE VIRTUAL TABLE message_words USING fts5(text, content='', tokenize='whinchat_words');
CREATE VIRTUAL TABLE message_parts USING fts5(text, content='', tokenize='trigram remove_diacritics 1', detail=none);
CREATE VIRTUAL TABLE title_words USING fts5(text, content='', tokenize='whinchat_words');
CREATE VIRTUAL TABLE title_parts USING fts5(text, content='', tokenize='trigram remove_diacritics 1', detail=none);
INSERT INTO message_words(message_words, rank) VALUES ('secure-delete', 1);
INSERT INTO message_parts(message_parts, rank) VALUES ('secure-delete', 1);
INSERT INTO title_words(title_words, rank) VALUES ('secure-delete', 1);
INSERT INTO title_parts(title_parts, rank) VALUES ('secure-delete', 1);
-- Messages that are not in message_parts yet: that costs ten times as much as all the rest of a message, so it is done
-- when the writer has nothing else to do (index_pending).
CREATE TABLE search_pending (
  seq INTEGER PRIMARY KEY
) STRICT;
-- A running answer is indexed when it ends: its row gets its text once.
CREATE TRIGGER message_indexed AFTER INSERT ON message WHEN NEW.state <> 'running' BEGIN
  INSERT INTO message_words(rowid, text) VALUES (NEW.seq, NEW.search_key || ' ' || substr(NEW.content, 1, 200000));
  INSERT INTO search_pending(seq) VALUES (NEW.seq);
END;
CREATE TRIGGER message_indexed_at_end AFTER UPDATE OF state ON message WHEN OLD.state = 'running' AND NEW.state <> 'running' BEGIN
  INSERT INTO message_words(rowid, text) VALUES (NEW.seq, NEW.search_key || ' ' || substr(NEW.content, 1, 200000));
  INSERT INTO search_pending(seq) VALUES (NEW.seq);
END;
CREATE TRIGGER message_unindexed AFTER DELETE ON message WHEN OLD.state <> 'running' BEGIN
  INSERT INTO message_words(message_words, rowid, text) VALUES ('delete', OLD.seq, OLD.search_key || ' ' || substr(OLD.content, 1, 200000));
  INSERT INTO message_parts(message_parts, rowid, text)
    SELECT 'delete', OLD.seq, OLD.search_key || ' ' || substr(OLD.content, 1, 200000) WHERE OLD.seq NOT IN (SELECT seq FROM search_pending);
  DELETE FROM search_pending WHERE seq = OLD.seq;
END;
CREATE TRIGGER title_indexed AFTER INSERT ON conversation BEGIN
  INSERT INTO title_words(rowid, text) VALUES (NEW.seq, NEW.search_key || ' ' || NEW.title);
  INSERT INTO title_parts(rowid, text) VALUES (NEW.seq, NEW.search_key || ' ' || NEW.title);
END;
CREATE TRIGGER title_reindexed AFTER UPDATE OF title ON conversation WHEN OLD.title <> NEW.title BEGIN
  INSERT INTO title_words(title_words, rowid, text) VALUES ('delete', OLD.seq, OLD.search_key || ' ' || OLD.title);
  INSERT INTO title_parts(title_parts, rowid, text) VALUES ('delete', OLD.seq, OLD.search_key || ' ' || OLD.title);
  INSERT INTO title_words(rowid, text) VALUES (NEW.seq, NEW.search_key || ' ' || NEW.title);
  INSERT INTO title_parts(rowid, text) VALUES (NEW.seq, NEW.search_key || ' ' || NEW.title);
END;
CREATE TRIGGER title_unindexed AFTER DELETE ON conversation BEGIN
  INSERT INTO title_words(title_words, rowid, text) VALUES ('delete', OLD.seq, OLD.search_key || ' ' || OLD.title);
  INSERT INTO title_parts(title_parts, rowid, text) VALUES ('delete', OLD.seq, OLD.search_key || ' ' || OLD.title);
END;
