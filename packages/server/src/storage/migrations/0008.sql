-- The notification by which an upstream told an event: JSON, given back as it came. NULL: made of the facts.
ALTER TABLE events ADD COLUMN notification TEXT;
