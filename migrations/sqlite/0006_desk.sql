-- Who works at the desk. `password` is a PHC string (argon2id). `totp_secret` is base32; a code of
-- `totp_step` (30 s steps since 1970) or before is used up.
CREATE TABLE accounts (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    password TEXT NOT NULL,
    totp_secret TEXT,
    totp_step BIGINT NOT NULL DEFAULT 0,
    created_ms BIGINT NOT NULL,
    disabled_ms BIGINT
);

-- From where an account has signed in: HMAC of the address. Strangers cannot lock these out.
CREATE TABLE account_addresses (
    account TEXT NOT NULL REFERENCES accounts (name),
    address TEXT NOT NULL,
    seen_ms BIGINT NOT NULL,
    PRIMARY KEY (account, address)
);

-- SHA-256 of the cookie. `is_whole` is 0 while the second factor is still asked for.
CREATE TABLE staff_sessions (
    hash TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (name),
    is_whole BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL
);

-- Programs that speak for an account: SHA-256 of a bearer token.
CREATE TABLE staff_tokens (
    hash TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (name),
    created_ms BIGINT NOT NULL,
    revoked_ms BIGINT
);

-- What explains demand (JSON of `domain::occasion::Occasion`). Cancelled ones are kept.
CREATE TABLE occasions (
    id TEXT PRIMARY KEY,
    start_ms BIGINT NOT NULL,
    end_ms BIGINT NOT NULL,
    facts TEXT NOT NULL
);

-- Who changed what, when, from what to what (JSON). Rows are added, never altered.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms BIGINT NOT NULL,
    who TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    before TEXT,
    after TEXT
);

CREATE TRIGGER audit_is_not_updated BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit list is never altered');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit list is never altered');
END;
-- INSERT OR REPLACE would delete a row without a trigger for it.
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the audit list is never altered');
END;
CREATE TRIGGER occasions_are_kept BEFORE DELETE ON occasions
BEGIN
    SELECT RAISE(ABORT, 'an event is cancelled, never deleted');
END;
