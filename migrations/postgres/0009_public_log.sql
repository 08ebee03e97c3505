-- The public log: what was published, for ever. `bytes` is canonical JSON exactly as it was hashed,
-- `hash` the SHA-256 of 0x00 and the bytes (RFC 6962). Numbers begin at 0 and leave none out.
CREATE TABLE leaves (
    number BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    version BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    UNIQUE (kind, subject, version)
);

-- What was signed: the root over the first `size` leaves. `key` is the id of the key.
CREATE TABLE heads (
    size BIGINT PRIMARY KEY,
    root BYTEA NOT NULL,
    key TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    signature BYTEA NOT NULL
);

-- Texts that leaves name by their SHA-256 (hexadecimal): facts of editions, records of days.
-- One that no leaf names is not public yet.
CREATE TABLE documents (
    hash TEXT PRIMARY KEY,
    bytes BYTEA NOT NULL
);

-- Of days that were committed to: the salt (hexadecimal) and the document, until both are opened.
CREATE TABLE day_salts (
    day TEXT PRIMARY KEY,
    salt TEXT NOT NULL,
    document TEXT NOT NULL REFERENCES documents (hash)
);

CREATE TRIGGER leaves_are_not_altered BEFORE UPDATE OR DELETE ON leaves
    FOR EACH ROW EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER leaves_are_not_emptied BEFORE TRUNCATE ON leaves
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER heads_are_not_altered BEFORE UPDATE OR DELETE ON heads
    FOR EACH ROW EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER heads_are_not_emptied BEFORE TRUNCATE ON heads
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER documents_are_not_altered BEFORE UPDATE OR DELETE ON documents
    FOR EACH ROW EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER documents_are_not_emptied BEFORE TRUNCATE ON documents
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER day_salts_are_not_altered BEFORE UPDATE OR DELETE ON day_salts
    FOR EACH ROW EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER day_salts_are_not_emptied BEFORE TRUNCATE ON day_salts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter();
