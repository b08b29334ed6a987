-- Folders in which a section's first scan met files that were still being copied: what these turn out to be is no news.
CREATE TABLE first_scan_folders (
  section_id INTEGER NOT NULL REFERENCES sections (id) ON DELETE CASCADE,
  path BLOB NOT NULL,                -- absolute
  seen_at INTEGER NOT NULL,          -- epoch ms at which such a file was last met
  PRIMARY KEY (section_id, path)
) WITHOUT ROWID, STRICT;
