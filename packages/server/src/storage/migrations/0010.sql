-- Why an item is settled for the first time: 'new', 'first-scan', 'returned'. NULL: from before this was kept.
ALTER TABLE items ADD COLUMN arrival TEXT;

-- New items that wait to be told together as what they are together.
CREATE TABLE arrivals (
  item_id INTEGER PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE,
  section_id INTEGER NOT NULL REFERENCES sections (id) ON DELETE CASCADE,
  root INTEGER NOT NULL,            -- the film, show or artist that it belongs to: what is told together has one root
  ready_event TEXT,                 -- id of its item.ready; NULL while it is read
  created_at INTEGER NOT NULL,      -- epoch ms
  touched_at INTEGER NOT NULL       -- epoch ms: when something of it was last learnt
) STRICT;
CREATE INDEX arrivals_root ON arrivals (section_id, root);
CREATE INDEX arrivals_created ON arrivals (section_id, created_at);
CREATE INDEX arrivals_touched ON arrivals (section_id, touched_at);
