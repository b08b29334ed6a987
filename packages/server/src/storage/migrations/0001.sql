-- Small single values: the server's identity, the epoch of the log, the id of the last start.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;

-- The event log. seq is the place in it; AUTOINCREMENT, so that a number is never given twice.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,          -- UUIDv7
  type TEXT NOT NULL,               -- 'item.created' …
  version INTEGER NOT NULL,
  family TEXT NOT NULL,             -- what retention counts and removes together
  progress_key TEXT,                -- NULL for a fact; else: of each key only the newest is kept for long
  time INTEGER NOT NULL,            -- of its cause, epoch ms
  origin TEXT NOT NULL,             -- machine identifier of the server that it happened on
  audience TEXT NOT NULL,           -- 'admins', 'account:1', 'section:2'
  subject TEXT NOT NULL,            -- 'item:42', 'activity:<uuid>'
  facts TEXT NOT NULL               -- JSON
) STRICT;
CREATE INDEX events_family ON events (family, seq);
CREATE INDEX events_progress ON events (progress_key, seq) WHERE progress_key IS NOT NULL;

-- Former epochs: up to which seq this file shares their history.
CREATE TABLE epochs (epoch TEXT PRIMARY KEY, last_seq INTEGER NOT NULL) WITHOUT ROWID, STRICT;

-- How far retention has removed facts, per family: an older position has a gap.
CREATE TABLE retained (family TEXT PRIMARY KEY, removed_through INTEGER NOT NULL) WITHOUT ROWID, STRICT;

CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,           -- 1 is the owner
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL       -- epoch ms
) STRICT;

CREATE TABLE tokens (
  hash BLOB PRIMARY KEY,            -- SHA-256 of the token
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) WITHOUT ROWID, STRICT;

-- Activities that run now; what is found here at a start was interrupted.
CREATE TABLE activities (
  uuid TEXT PRIMARY KEY,
  audience TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  state TEXT NOT NULL               -- JSON, as the last notification told it
) WITHOUT ROWID, STRICT;

CREATE TABLE sections (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL CHECK (type IN ('movie', 'show', 'artist')),
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,      -- epoch s, here and below: as the wire has it
  updated_at INTEGER NOT NULL,
  scanned_at INTEGER,               -- NULL: never completely
  content_changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE locations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  section_id INTEGER NOT NULL REFERENCES sections (id) ON DELETE CASCADE,
  path TEXT NOT NULL UNIQUE,        -- absolute, without links
  device INTEGER                    -- of the folder when it was last scanned: another one means another disk
) STRICT;

-- A folder on the disk. scan is the last scan that saw it: what an older number keeps is gone.
CREATE TABLE folders (
  id INTEGER PRIMARY KEY,
  location_id INTEGER NOT NULL REFERENCES locations (id) ON DELETE CASCADE,
  path BLOB NOT NULL,               -- relative bytes: names need not be UTF-8
  scan INTEGER NOT NULL,
  pictures TEXT NOT NULL DEFAULT '',-- what pictures it holds, so that a new poster is noticed
  UNIQUE (location_id, path)
) STRICT;

CREATE TABLE items (
  id INTEGER PRIMARY KEY AUTOINCREMENT,     -- the ratingKey, never given twice
  section_id INTEGER NOT NULL REFERENCES sections (id) ON DELETE CASCADE,
  type TEXT NOT NULL CHECK (type IN ('movie', 'show', 'season', 'episode', 'artist', 'album', 'track')),
  parent_id INTEGER REFERENCES items (id),
  root_id INTEGER REFERENCES items (id),    -- show of an episode, artist of a track
  natural_key TEXT NOT NULL,                -- what its name makes it: how the same item is found again
  title TEXT NOT NULL,
  title_sort TEXT NOT NULL,
  number INTEGER,                           -- of the season, episode, disc track
  year INTEGER,
  originally_available_at TEXT,             -- YYYY-MM-DD
  extra TEXT NOT NULL DEFAULT '{}',         -- JSON: edition, genres, original title
  duration INTEGER,                         -- ms
  thumb TEXT,                               -- hash of its picture
  added_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  ready INTEGER NOT NULL DEFAULT 0,         -- 1 once its bare 5 was told
  deleted_at INTEGER                        -- kept a day, so that a file that returns keeps its key
) STRICT;
CREATE UNIQUE INDEX items_natural ON items (section_id, type, natural_key) WHERE deleted_at IS NULL;
CREATE INDEX items_section ON items (section_id, type, title_sort) WHERE deleted_at IS NULL;
CREATE INDEX items_parent ON items (parent_id, number) WHERE deleted_at IS NULL;
CREATE INDEX items_added ON items (added_at) WHERE deleted_at IS NULL;
CREATE INDEX items_unready ON items (section_id) WHERE ready = 0 AND deleted_at IS NULL;
CREATE INDEX items_deleted ON items (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX items_root ON items (root_id);

CREATE TABLE files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,     -- the id of Media and Part
  folder_id INTEGER NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
  name BLOB NOT NULL,                       -- bytes
  size INTEGER NOT NULL,
  mtime REAL NOT NULL,                      -- ms
  inode REAL NOT NULL,
  head TEXT,                                -- hash of the first and last 64 KiB; NULL until probed
  tail TEXT,
  media TEXT,                               -- JSON: container, streams, bitrate …
  error TEXT,                               -- REELAY_MEDIA_… when it could not be read
  part INTEGER NOT NULL DEFAULT 0,          -- 0, or which part of a stacked film
  unavailable_since INTEGER,                -- missing, but so much is missing that nothing was removed
  deleted_at INTEGER                        -- with its item, kept a day
) STRICT;
CREATE UNIQUE INDEX files_place ON files (folder_id, name) WHERE deleted_at IS NULL;
CREATE INDEX files_size ON files (size);
CREATE INDEX files_deleted ON files (deleted_at) WHERE deleted_at IS NOT NULL;

-- One file may hold several episodes, one film may have several files.
CREATE TABLE item_files (
  item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  file_id INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
  PRIMARY KEY (item_id, file_id)
) WITHOUT ROWID, STRICT;
CREATE INDEX item_files_file ON item_files (file_id);

-- What the walk of a scan found, in constant memory; emptied with the scan.
CREATE TABLE scan_changes (
  id INTEGER PRIMARY KEY,
  section_id INTEGER NOT NULL REFERENCES sections (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('new', 'moved', 'changed', 'missing', 'pictures')),
  folder_id INTEGER NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
  name BLOB,
  size INTEGER,
  mtime REAL,
  inode REAL,
  file_id INTEGER                           -- the known file: of changed, missing, moved
) STRICT;
CREATE INDEX scan_changes_kind ON scan_changes (section_id, kind, size);
