-- When each scheduled task ran last.
CREATE TABLE butler_runs (
  name TEXT PRIMARY KEY,
  started_at INTEGER NOT NULL,         -- epoch ms
  ended_at INTEGER,                    -- NULL: it runs, or the server ended while it ran
  outcome TEXT                         -- 'done', 'failed', 'cancelled'
) WITHOUT ROWID, STRICT;
