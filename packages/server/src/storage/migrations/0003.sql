-- Accounts besides the owner. Their ids are never given twice: events of the past are addressed to them.
CREATE TABLE accounts_new (
  id INTEGER PRIMARY KEY AUTOINCREMENT,   -- 1 is the owner
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,          -- the name as it is compared: no two accounts look the same
  created_at INTEGER NOT NULL,            -- epoch ms
  sections TEXT NOT NULL,                 -- JSON: "all", or the ids of those that it may use
  avatar_place TEXT,                      -- a URL, or this server's path of its picture
  avatar BLOB,                            -- the picture, if it is kept here
  avatar_type TEXT                        -- image/png …
) STRICT;
INSERT INTO accounts_new (id, name, name_key, created_at, sections)
  SELECT id, name, lower(name), created_at, '"all"' FROM accounts;
DROP TABLE accounts;
ALTER TABLE accounts_new RENAME TO accounts;

-- Whatever named itself by X-Plex-Client-Identifier in a request with a valid token.
CREATE TABLE devices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_identifier TEXT NOT NULL UNIQUE,
  account_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL, -- with whose token it was first seen
  about TEXT NOT NULL,                    -- JSON: name, platform, product …, as it last described itself
  created_at INTEGER NOT NULL,            -- epoch ms
  last_seen_at INTEGER NOT NULL           -- to the minute
) STRICT;
CREATE INDEX devices_account ON devices (account_id);
