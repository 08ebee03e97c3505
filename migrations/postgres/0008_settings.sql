-- Settings as they were seen, so that a later edit of centre.toml cannot alter the past. `subject`
-- and `setting` are JSON (`domain::settings`); `valid_from` is a local day, '' from the beginning.
-- Of the same subject and day the newest row holds. Rows are added, never altered.
CREATE TABLE settings (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seen_ms BIGINT NOT NULL,
    subject TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    setting TEXT NOT NULL
);

CREATE TRIGGER settings_are_not_altered BEFORE UPDATE OR DELETE ON settings
    FOR EACH ROW EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER settings_are_not_emptied BEFORE TRUNCATE ON settings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter();
