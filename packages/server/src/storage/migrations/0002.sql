-- Preferences that were set; all others have their defaults.
CREATE TABLE preferences (
  id TEXT PRIMARY KEY,
  value TEXT NOT NULL                -- JSON
) WITHOUT ROWID, STRICT;
