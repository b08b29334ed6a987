-- What an account is told of an event, once for all of its hooks: deliveries say whom it goes to and what became of it.
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT,                            -- media event; NULL for a test
  name TEXT NOT NULL,                       -- 'media.play'
  account_id INTEGER,                       -- whose hooks are sent it; NULL for a test, and from before this was kept
  subject TEXT NOT NULL,                    -- of the media event: what order is kept for
  player TEXT,                              -- its identifier, for latestOnly and settling
  snapshot TEXT,                            -- where its picture is found; NULL: none is sent
  payload TEXT NOT NULL,                    -- the JSON document: the same bytes in every attempt
  event_time INTEGER NOT NULL               -- epoch ms of its cause
) STRICT;
INSERT INTO messages (id, event_id, name, subject, player, snapshot, payload, event_time)
  SELECT seq, event_id, name, subject, player, snapshot, payload, event_time FROM deliveries;
CREATE UNIQUE INDEX messages_once ON messages (event_id, name, account_id) WHERE event_id IS NOT NULL;
CREATE INDEX messages_snapshot ON messages (snapshot) WHERE snapshot IS NOT NULL;

CREATE TABLE new_deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,    -- the order of a hook and subject
  id TEXT NOT NULL UNIQUE,                  -- 'msg_…', the webhook-id of every attempt
  hook_id TEXT NOT NULL,                    -- no reference: the record outlives its hook
  message INTEGER NOT NULL REFERENCES messages (id),
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'expired', 'superseded', 'settled', 'dropped')),
  due_at INTEGER,                           -- of the next attempt; NULL unless waiting
  expires_at INTEGER,                       -- NULL: not by age
  attempts INTEGER NOT NULL DEFAULT 0,      -- that count
  reason TEXT,                              -- why it ended, for people
  ended_at INTEGER
) STRICT;
INSERT INTO new_deliveries
  SELECT seq, id, hook_id, seq, created_at, state, due_at, expires_at, attempts, reason, ended_at FROM deliveries;
-- Numbers are never given twice, also when their rows were removed.
DELETE FROM sqlite_sequence WHERE name IN ('messages', 'new_deliveries');
INSERT INTO sqlite_sequence (name, seq)
  SELECT made.name, seq FROM sqlite_sequence, (SELECT 'messages' AS name UNION SELECT 'new_deliveries') AS made
  WHERE sqlite_sequence.name = 'deliveries';
DROP TABLE deliveries;
ALTER TABLE new_deliveries RENAME TO deliveries;
CREATE UNIQUE INDEX deliveries_once ON deliveries (message, hook_id);
CREATE INDEX deliveries_waiting ON deliveries (hook_id, seq) WHERE state = 'waiting';
CREATE INDEX deliveries_expiring ON deliveries (expires_at) WHERE state = 'waiting' AND expires_at IS NOT NULL;

-- Deliveries with what they tell, for whoever reads.
CREATE VIEW told_deliveries AS
  SELECT deliveries.*, event_id, name, subject, player, snapshot, payload, event_time
  FROM deliveries JOIN messages ON messages.id = deliveries.message;

-- What is the same in the requests of all attempts for a hook, as the record shows it.
CREATE TABLE attempt_forms (
  id INTEGER PRIMARY KEY,                   -- of its content: the first 48 bits of its SHA-256
  request TEXT NOT NULL,                    -- JSON: method, origin and headers; a header whose value differs has null
  used_at INTEGER NOT NULL                  -- epoch ms, to the day: it is kept longer than the attempts that refer to it
) STRICT;
ALTER TABLE attempts ADD COLUMN form INTEGER; -- NULL: the detail has the whole request
