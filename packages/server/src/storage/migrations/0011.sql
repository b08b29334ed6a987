-- Playback on upstreams that has not ended. AUTOINCREMENT: a key is never reused.
CREATE TABLE upstream_sessions (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  origin TEXT NOT NULL,
  playback TEXT NOT NULL,           -- JSON: the session of the state machine
  about TEXT NOT NULL,              -- JSON: item, account, player, as its events tell them
  untold TEXT                       -- JSON: its start, while its upstream is asked who plays what; NULL: it was told
) STRICT;
CREATE INDEX upstream_sessions_origin ON upstream_sessions (origin);

-- Items of upstreams of which something was told, or that were there at first sight: those that were touched last.
CREATE TABLE upstream_items (
  origin TEXT NOT NULL,
  item_id INTEGER NOT NULL,
  ready INTEGER NOT NULL,           -- 0: created, and not settled yet
  seen TEXT NOT NULL,               -- title and time of the last entry: a repetition tells nothing
  touched_at INTEGER NOT NULL,      -- epoch ms
  PRIMARY KEY (origin, item_id)
) WITHOUT ROWID, STRICT;
CREATE INDEX upstream_items_touched ON upstream_items (origin, touched_at);
