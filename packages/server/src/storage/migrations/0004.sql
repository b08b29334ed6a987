-- Names of the fields of an item that a person has set, and that no scan changes again: JSON list.
ALTER TABLE items ADD COLUMN locked TEXT NOT NULL DEFAULT '[]';

-- What an account has seen of an item, and how it likes it.
CREATE TABLE views (
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  view_offset INTEGER,              -- ms, where to go on; NULL: from the beginning
  view_count INTEGER NOT NULL DEFAULT 0,
  last_viewed_at INTEGER,           -- epoch s, as the wire has it
  user_rating REAL,                 -- 0 to 10
  last_rated_at INTEGER,            -- epoch s
  PRIMARY KEY (account_id, item_id)
) WITHOUT ROWID, STRICT;
CREATE INDEX views_item ON views (item_id);
CREATE INDEX views_recent ON views (account_id, last_viewed_at) WHERE last_viewed_at IS NOT NULL;

-- Playback that has not ended; what is found here at a start was interrupted. AUTOINCREMENT: a sessionKey is never reused.
CREATE TABLE sessions (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  last_report_at INTEGER NOT NULL,  -- epoch ms
  playback TEXT NOT NULL,           -- JSON: the session of the state machine
  about TEXT NOT NULL               -- JSON: item, account, player, as its events tell them
) STRICT;

-- Sessions that an administrator has ended and whose player may not know it yet.
CREATE TABLE terminations (
  session_id TEXT NOT NULL,         -- Session.id
  account_id INTEGER NOT NULL,
  client_identifier TEXT NOT NULL,
  item_id INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,              -- epoch ms
  PRIMARY KEY (account_id, client_identifier)
) WITHOUT ROWID, STRICT;

-- What was played, each time: kept when the item or the account is gone.
CREATE TABLE history (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL,
  item_id INTEGER NOT NULL,
  parent_id INTEGER,
  root_id INTEGER,
  section_id INTEGER NOT NULL,
  viewed_at INTEGER NOT NULL,       -- epoch s
  client_identifier TEXT,           -- of the player, or of who marked it
  item TEXT NOT NULL                -- JSON: as it was called then
) STRICT;
CREATE INDEX history_viewed ON history (viewed_at);
CREATE INDEX history_account ON history (account_id, viewed_at);
CREATE INDEX history_item ON history (item_id);
CREATE INDEX history_parent ON history (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX history_root ON history (root_id) WHERE root_id IS NOT NULL;
