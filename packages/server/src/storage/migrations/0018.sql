-- A file that is found elsewhere is looked for among those that are missing: many are, where a folder was renamed.
CREATE INDEX scan_changes_file ON scan_changes (file_id) WHERE file_id IS NOT NULL;
