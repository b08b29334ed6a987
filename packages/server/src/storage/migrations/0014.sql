-- A deleted row is looked for in what refers to it. Without an index for that, each deletion read a whole table: partial
-- indexes, of what lives, do not serve.
DROP INDEX items_parent;
CREATE INDEX items_parent ON items (parent_id, number, deleted_at);
CREATE INDEX files_folder ON files (folder_id);
CREATE INDEX scan_changes_folder ON scan_changes (folder_id);
