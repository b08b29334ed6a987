-- Clients that were seen on upstreams: one that is not here is new.
CREATE TABLE upstream_devices (
  origin TEXT NOT NULL,
  client_identifier TEXT NOT NULL,
  PRIMARY KEY (origin, client_identifier)
) WITHOUT ROWID, STRICT;

-- That an item is ready, while its upstream is asked what it is: the event as JSON. NULL: it was told.
ALTER TABLE upstream_items ADD COLUMN untold TEXT;
