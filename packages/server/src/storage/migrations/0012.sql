-- Which accounts here are linked with which of upstreams, and which sections of theirs they may use.
CREATE TABLE upstream_accounts (
  origin TEXT NOT NULL,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  upstream_account INTEGER,         -- NULL: none
  sections TEXT NOT NULL,           -- JSON: "all", or the ids of those that it may use
  PRIMARY KEY (origin, account_id)
) WITHOUT ROWID, STRICT;
