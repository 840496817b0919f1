-- Files beside a message: pictures, texts, documents. The bytes stand once per user, however often they are attached: a
-- changed question and a copied branch point at the same ones.

CREATE TABLE attachment_data (
  seq INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  data BLOB NOT NULL,
  UNIQUE (user_id, sha256)
) STRICT;

CREATE TABLE attachment (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,          -- made by the client: uploading it again changes nothing
  user_id TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  message_id TEXT REFERENCES message(id) ON DELETE CASCADE,  -- NULL: uploaded, not sent yet
  place INTEGER NOT NULL DEFAULT 0, -- among the message's
  kind TEXT NOT NULL CHECK (kind IN ('image', 'text', 'pdf')),
  media_type TEXT NOT NULL,
  name TEXT NOT NULL,
  data_seq INTEGER NOT NULL REFERENCES attachment_data(seq),
  created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX attachment_message ON attachment(message_id, place) WHERE message_id IS NOT NULL;
CREATE INDEX attachment_unsent ON attachment(user_id, created_ms) WHERE message_id IS NULL;
CREATE INDEX attachment_of_data ON attachment(data_seq);
CREATE INDEX attachment_user ON attachment(user_id);
CREATE TRIGGER attachment_data_unused AFTER DELETE ON attachment
WHEN NOT EXISTS (SELECT 1 FROM attachment WHERE data_seq = OLD.data_seq) BEGIN
  DELETE FROM attachment_data WHERE seq = OLD.data_seq;
END;
