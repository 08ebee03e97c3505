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

CREATE TRIGGER release_rules_are_not_updated BEFORE UPDATE ON release_rules
BEGIN
    SELECT RAISE(ABORT, 'release_rules is never altered');
END;
CREATE TRIGGER release_rules_are_not_deleted BEFORE DELETE ON release_rules
BEGIN
    SELECT RAISE(ABORT, 'release_rules is never altered');
END;
CREATE TRIGGER release_rules_are_not_replaced BEFORE INSERT ON release_rules
WHEN EXISTS (SELECT 1 FROM release_rules WHERE number = NEW.number)
BEGIN
    SELECT RAISE(ABORT, 'release_rules is never altered');
END;
CREATE TRIGGER edition_drafts_are_not_updated BEFORE UPDATE ON edition_drafts
BEGIN
    SELECT RAISE(ABORT, 'edition_drafts is never altered');
END;
CREATE TRIGGER edition_drafts_are_not_deleted BEFORE DELETE ON edition_drafts
BEGIN
    SELECT RAISE(ABORT, 'edition_drafts is never altered');
END;
CREATE TRIGGER edition_drafts_are_not_replaced BEFORE INSERT ON edition_drafts
WHEN EXISTS (SELECT 1 FROM edition_drafts WHERE week = NEW.week)
BEGIN
    SELECT RAISE(ABORT, 'edition_drafts is never altered');
END;
CREATE TRIGGER edition_openings_are_not_updated BEFORE UPDATE ON edition_openings
BEGIN
    SELECT RAISE(ABORT, 'edition_openings is never altered');
END;
CREATE TRIGGER edition_openings_are_not_deleted BEFORE DELETE ON edition_openings
BEGIN
    SELECT RAISE(ABORT, 'edition_openings is never altered');
END;
CREATE TRIGGER edition_openings_are_not_replaced BEFORE INSERT ON edition_openings
WHEN EXISTS (SELECT 1 FROM edition_openings WHERE week = NEW.week AND account = NEW.account)
BEGIN
    SELECT RAISE(ABORT, 'edition_openings is never altered');
END;
CREATE TRIGGER edition_signatures_are_not_updated BEFORE UPDATE ON edition_signatures
BEGIN
    SELECT RAISE(ABORT, 'edition_signatures is never altered');
END;
CREATE TRIGGER edition_signatures_are_not_deleted BEFORE DELETE ON edition_signatures
BEGIN
    SELECT RAISE(ABORT, 'edition_signatures is never altered');
END;
CREATE TRIGGER edition_signatures_are_not_replaced BEFORE INSERT ON edition_signatures
WHEN EXISTS (SELECT 1 FROM edition_signatures WHERE week = NEW.week)
BEGIN
    SELECT RAISE(ABORT, 'edition_signatures is never altered');
END;
CREATE TRIGGER edition_versions_are_not_updated BEFORE UPDATE ON edition_versions
BEGIN
    SELECT RAISE(ABORT, 'edition_versions is never altered');
END;
CREATE TRIGGER edition_versions_are_not_deleted BEFORE DELETE ON edition_versions
BEGIN
    SELECT RAISE(ABORT, 'edition_versions is never altered');
END;
CREATE TRIGGER edition_versions_are_not_replaced BEFORE INSERT ON edition_versions
WHEN EXISTS (SELECT 1 FROM edition_versions WHERE week = NEW.week AND version = NEW.version)
BEGIN
    SELECT RAISE(ABORT, 'edition_versions is never altered');
END;
