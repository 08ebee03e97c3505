-- When editions appear by local time. A rule is added, never altered;
-- `since` is the first week that has a slot.
CREATE TABLE release_rules (
    number BIGINT PRIMARY KEY,
    since TEXT NOT NULL,
    from_day TEXT NOT NULL,
    weekday BIGINT NOT NULL,
    minute BIGINT NOT NULL,
    grace_hours BIGINT NOT NULL,
    recorded_ms BIGINT NOT NULL
);

-- The frozen facts of a week: SHA-256 (hexadecimal) of a text among the documents.
CREATE TABLE edition_drafts (
    week TEXT PRIMARY KEY,
    facts TEXT NOT NULL REFERENCES documents (hash),
    made_ms BIGINT NOT NULL
);

-- Who saw a draft before it came out, and when first. `name` is JSON: the public name by language.
CREATE TABLE edition_openings (
    week TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (name),
    name TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (week, account)
);

-- One signature a week, given before the release or after it.
CREATE TABLE edition_signatures (
    week TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (name),
    name TEXT NOT NULL,
    comment TEXT,
    signed_ms BIGINT NOT NULL
);

-- Versions that were published, over editions and corrections together, and their leaves.
CREATE TABLE edition_versions (
    week TEXT NOT NULL,
    version BIGINT NOT NULL,
    leaf BIGINT NOT NULL REFERENCES leaves (number),
    PRIMARY KEY (week, version)
);

CREATE TRIGGER release_rules_are_not_altered BEFORE UPDATE OR DELETE ON release_rules
    FOR EACH ROW EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER release_rules_are_not_emptied BEFORE TRUNCATE ON release_rules
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER edition_drafts_are_not_altered BEFORE UPDATE OR DELETE ON edition_drafts
    FOR EACH ROW EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER edition_drafts_are_not_emptied BEFORE TRUNCATE ON edition_drafts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER edition_openings_are_not_altered BEFORE UPDATE OR DELETE ON edition_openings
    FOR EACH ROW EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER edition_openings_are_not_emptied BEFORE TRUNCATE ON edition_openings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER edition_signatures_are_not_altered BEFORE UPDATE OR DELETE ON edition_signatures
    FOR EACH ROW EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER edition_signatures_are_not_emptied BEFORE TRUNCATE ON edition_signatures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER edition_versions_are_not_altered BEFORE UPDATE OR DELETE ON edition_versions
    FOR EACH ROW EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER edition_versions_are_not_emptied BEFORE TRUNCATE ON edition_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter();
