-- What webhooks show of an item besides an event's facts, once per content: its JSON, and which picture it had.
CREATE TABLE snapshots (
  hash TEXT PRIMARY KEY,            -- of the content: the first 32 hex digits of its SHA-256
  content TEXT NOT NULL,            -- JSON: { metadata, thumb }
  thumb TEXT,                       -- hash of its picture; kept while this row is
  created_at INTEGER NOT NULL       -- epoch ms
) STRICT;
CREATE INDEX snapshots_thumb ON snapshots (thumb) WHERE thumb IS NOT NULL;

ALTER TABLE events ADD COLUMN snapshot TEXT;
CREATE INDEX events_snapshot ON events (snapshot) WHERE snapshot IS NOT NULL;

-- Configured receivers. What must not be read from the file (address, headers, secrets) is sealed.
CREATE TABLE hooks (
  id TEXT PRIMARY KEY,              -- 'hook_…'
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  settings TEXT NOT NULL,           -- JSON: events, filter, format, freshness …
  sealed BLOB NOT NULL,             -- encrypted JSON: url, headers, body, secrets, certificate authority
  enabled INTEGER NOT NULL DEFAULT 1,
  disabled_reason TEXT,             -- 'by-hand', 'gone', 'failing'; NULL while enabled
  failing_since INTEGER,            -- epoch ms of the first failure after the last success; NULL while it works
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX hooks_account ON hooks (account_id);

-- One webhook event for one hook.
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,    -- the order of a hook and subject
  id TEXT NOT NULL UNIQUE,                  -- 'msg_…', the webhook-id of every attempt
  hook_id TEXT NOT NULL,                    -- no reference: the record outlives its hook
  event_id TEXT,                            -- media event; NULL for a test
  name TEXT NOT NULL,                       -- 'media.play'
  subject TEXT NOT NULL,                    -- of the media event: what order is kept for
  player TEXT,                              -- its identifier, for latestOnly and settling
  snapshot TEXT,                            -- where its picture is found; NULL: none is sent
  payload TEXT NOT NULL,                    -- the JSON document: the same bytes in every attempt
  event_time INTEGER NOT NULL,              -- epoch ms of its cause
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'expired', 'superseded', 'settled', 'dropped')),
  due_at INTEGER,                           -- of the next attempt; NULL unless waiting
  expires_at INTEGER,                       -- NULL: not by age
  attempts INTEGER NOT NULL DEFAULT 0,      -- that count
  reason TEXT,                              -- why it ended, for people
  ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX deliveries_once ON deliveries (event_id, hook_id, name) WHERE event_id IS NOT NULL;
CREATE INDEX deliveries_waiting ON deliveries (hook_id, seq) WHERE state = 'waiting';
CREATE INDEX deliveries_expiring ON deliveries (expires_at) WHERE state = 'waiting' AND expires_at IS NOT NULL;
CREATE INDEX deliveries_hook ON deliveries (hook_id, seq);
CREATE INDEX deliveries_snapshot ON deliveries (snapshot) WHERE snapshot IS NOT NULL;

-- One HTTP request of a delivery.
CREATE TABLE attempts (
  delivery INTEGER NOT NULL REFERENCES deliveries (seq) ON DELETE CASCADE,
  number INTEGER NOT NULL,                  -- 1, 2 …
  at INTEGER NOT NULL,                      -- epoch ms at its beginning
  status INTEGER,                           -- of the answer; NULL when there was none
  error TEXT,                               -- REELAY_… of what went wrong; NULL for a success
  detail TEXT NOT NULL,                     -- JSON: request less secrets, answer, timings by phase
  PRIMARY KEY (delivery, number)
) WITHOUT ROWID, STRICT;

-- What the planner decided about an event that some webhook could tell, and why a hook got none.
CREATE TABLE plans (
  event_id TEXT PRIMARY KEY,
  time INTEGER NOT NULL,                    -- epoch ms of the decision
  unsent TEXT NOT NULL                      -- JSON: [[hook id or '*', webhook event or '*', reason code, detail], …]
) WITHOUT ROWID, STRICT;
CREATE INDEX plans_time ON plans (time);
