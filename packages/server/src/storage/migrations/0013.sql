-- What is new on upstreams and not yet told as having arrived: kept until it is quiet.
CREATE TABLE upstream_arrivals (
  origin TEXT NOT NULL,
  item_id INTEGER NOT NULL,
  section_id INTEGER NOT NULL,
  ready_event TEXT NOT NULL,        -- id of the event that it is ready
  at INTEGER NOT NULL,              -- epoch ms
  PRIMARY KEY (origin, item_id)
) WITHOUT ROWID, STRICT;
