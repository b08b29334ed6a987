-- Other servers whose events are told here, by machine identifier.
CREATE TABLE upstreams (
  origin TEXT PRIMARY KEY,
  position TEXT,                    -- where its stream is; NULL: it knows no positions
  heard_at INTEGER NOT NULL,        -- epoch ms: until then nothing was missed
  state TEXT NOT NULL DEFAULT '{}'  -- JSON: up to where its lists are known
) WITHOUT ROWID, STRICT;
