-- The public log: what was published, for ever. `bytes` is canonical JSON exactly as it was hashed,
-- `hash` the SHA-256 of 0x00 and the bytes (RFC 6962). Numbers begin at 0 and leave none out.
CREATE TABLE leaves (
    number BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    version BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    bytes BLOB NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (kind, subject, version)
);

-- What was signed: the root over the first `size` leaves. `key` is the id of the key.
CREATE TABLE heads (
    size BIGINT PRIMARY KEY,
    root BLOB NOT NULL,
    key TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    signature BLOB NOT NULL
);

-- Texts that leaves name by their SHA-256 (hexadecimal): facts of editions, records of days.
-- One that no leaf names is not public yet.
CREATE TABLE documents (
    hash TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
);

-- Of days that were committed to: the salt (hexadecimal) and the document, until both are opened.
CREATE TABLE day_salts (
    day TEXT PRIMARY KEY,
    salt TEXT NOT NULL,
    document TEXT NOT NULL REFERENCES documents (hash)
);

CREATE TRIGGER leaves_are_not_updated BEFORE UPDATE ON leaves
BEGIN
    SELECT RAISE(ABORT, 'the public log is never altered');
END;
CREATE TRIGGER leaves_are_not_deleted BEFORE DELETE ON leaves
BEGIN
    SELECT RAISE(ABORT, 'the public log is never altered');
END;
-- INSERT OR REPLACE would delete a row without a trigger for it.
CREATE TRIGGER leaves_are_not_replaced BEFORE INSERT ON leaves
WHEN EXISTS (
    SELECT 1 FROM leaves WHERE number = NEW.number
    OR (kind = NEW.kind AND subject = NEW.subject AND version = NEW.version)
)
BEGIN
    SELECT RAISE(ABORT, 'the public log is never altered');
END;
CREATE TRIGGER heads_are_not_updated BEFORE UPDATE ON heads
BEGIN
    SELECT RAISE(ABORT, 'a signed head is never altered');
END;
CREATE TRIGGER heads_are_not_deleted BEFORE DELETE ON heads
BEGIN
    SELECT RAISE(ABORT, 'a signed head is never altered');
END;
CREATE TRIGGER heads_are_not_replaced BEFORE INSERT ON heads
WHEN EXISTS (SELECT 1 FROM heads WHERE size = NEW.size)
BEGIN
    SELECT RAISE(ABORT, 'a signed head is never altered');
END;
CREATE TRIGGER documents_are_not_updated BEFORE UPDATE ON documents
BEGIN
    SELECT RAISE(ABORT, 'a document is never altered');
END;
CREATE TRIGGER documents_are_not_deleted BEFORE DELETE ON documents
BEGIN
    SELECT RAISE(ABORT, 'a document is never altered');
END;
CREATE TRIGGER documents_are_not_replaced BEFORE INSERT ON documents
WHEN EXISTS (SELECT 1 FROM documents WHERE hash = NEW.hash)
BEGIN
    SELECT RAISE(ABORT, 'a document is never altered');
END;
CREATE TRIGGER day_salts_are_not_updated BEFORE UPDATE ON day_salts
BEGIN
    SELECT RAISE(ABORT, 'a salt is never altered');
END;
CREATE TRIGGER day_salts_are_not_deleted BEFORE DELETE ON day_salts
BEGIN
    SELECT RAISE(ABORT, 'a salt is never altered');
END;
CREATE TRIGGER day_salts_are_not_replaced BEFORE INSERT ON day_salts
WHEN EXISTS (SELECT 1 FROM day_salts WHERE day = NEW.day)
BEGIN
    SELECT RAISE(ABORT, 'a salt is never altered');
END;
