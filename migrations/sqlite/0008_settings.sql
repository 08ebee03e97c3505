-- Settings as they were seen, so that a later edit of centre.toml cannot alter the past. `subject`
-- and `setting` are JSON (`domain::settings`); `valid_from` is a local day, '' from the beginning.
-- Of the same subject and day the newest row holds. Rows are added, never altered.
CREATE TABLE settings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    seen_ms BIGINT NOT NULL,
    subject TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    setting TEXT NOT NULL
);

CREATE TRIGGER settings_are_not_updated BEFORE UPDATE ON settings
BEGIN
    SELECT RAISE(ABORT, 'settings that were seen are never altered');
END;
CREATE TRIGGER settings_are_not_deleted BEFORE DELETE ON settings
BEGIN
    SELECT RAISE(ABORT, 'settings that were seen are never altered');
END;
-- INSERT OR REPLACE would delete a row without a trigger for it.
CREATE TRIGGER settings_are_not_replaced BEFORE INSERT ON settings
WHEN EXISTS (SELECT 1 FROM settings WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'settings that were seen are never altered');
END;
