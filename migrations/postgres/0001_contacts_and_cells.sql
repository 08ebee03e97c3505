-- What is kept, in the order in which a call passes through it. Times are milliseconds since 1970
-- (`_ms`), interval starts seconds (`_secs`), local days ISO dates, keys text.

-- Facts of the installation: the secret behind contact keys, the zone the days were cut in.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Who may send events: SHA-256 of a bearer token, and the source in centre.toml it speaks for.
CREATE TABLE tokens (
    hash TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    revoked_ms BIGINT
);

-- One row for each contact of an unsealed day: the join of everything said about it (JSON of
-- `domain::contact::Contact`). `key` is an HMAC. `day` is empty while its start is unknown.
CREATE TABLE contacts (
    key TEXT PRIMARY KEY,
    day TEXT NOT NULL,
    start_ms BIGINT NOT NULL,
    settled BIGINT NOT NULL,
    touched_ms BIGINT NOT NULL,
    facts TEXT NOT NULL
);
CREATE INDEX contacts_by_day ON contacts (day);
CREATE INDEX contacts_open ON contacts (start_ms) WHERE settled = 0;

-- Tallies of a 15-minute interval, line and channel. Histograms are counts by bin of
-- `domain::tally::BOUNDS_SECS`, separated by commas, without trailing zeros.
CREATE TABLE interval_cells (
    start_secs BIGINT NOT NULL,
    line TEXT NOT NULL,
    channel TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    refused BIGINT NOT NULL DEFAULT 0,
    left_in_menu BIGINT NOT NULL DEFAULT 0,
    self_served BIGINT NOT NULL DEFAULT 0,
    offered BIGINT NOT NULL DEFAULT 0,
    answered BIGINT NOT NULL DEFAULT 0,
    abandoned BIGINT NOT NULL DEFAULT 0,
    deflected BIGINT NOT NULL DEFAULT 0,
    callbacks_requested BIGINT NOT NULL DEFAULT 0,
    callbacks_kept BIGINT NOT NULL DEFAULT 0,
    callbacks_pending BIGINT NOT NULL DEFAULT 0,
    callbacks_failed BIGINT NOT NULL DEFAULT 0,
    lost BIGINT NOT NULL DEFAULT 0,
    waiting BIGINT NOT NULL DEFAULT 0,
    transferred BIGINT NOT NULL DEFAULT 0,
    wait_answered_ms_sum BIGINT NOT NULL DEFAULT 0,
    wait_abandoned_ms_sum BIGINT NOT NULL DEFAULT 0,
    rewait_ms_sum BIGINT NOT NULL DEFAULT 0,
    handle_ms_sum BIGINT NOT NULL DEFAULT 0,
    handled BIGINT NOT NULL DEFAULT 0,
    purpose_information BIGINT NOT NULL DEFAULT 0,
    purpose_transaction BIGINT NOT NULL DEFAULT 0,
    purpose_problem BIGINT NOT NULL DEFAULT 0,
    purpose_complaint BIGINT NOT NULL DEFAULT 0,
    purpose_idea BIGINT NOT NULL DEFAULT 0,
    purpose_compliment BIGINT NOT NULL DEFAULT 0,
    resolved BIGINT NOT NULL DEFAULT 0,
    resolution_known BIGINT NOT NULL DEFAULT 0,
    waits_answered TEXT NOT NULL DEFAULT '',
    waits_abandoned TEXT NOT NULL DEFAULT '',
    waits_customer TEXT NOT NULL DEFAULT '',
    first_ms BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (start_secs, line, channel)
);

-- The same for a local day.
CREATE TABLE day_cells (
    day TEXT NOT NULL,
    line TEXT NOT NULL,
    channel TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    refused BIGINT NOT NULL DEFAULT 0,
    left_in_menu BIGINT NOT NULL DEFAULT 0,
    self_served BIGINT NOT NULL DEFAULT 0,
    offered BIGINT NOT NULL DEFAULT 0,
    answered BIGINT NOT NULL DEFAULT 0,
    abandoned BIGINT NOT NULL DEFAULT 0,
    deflected BIGINT NOT NULL DEFAULT 0,
    callbacks_requested BIGINT NOT NULL DEFAULT 0,
    callbacks_kept BIGINT NOT NULL DEFAULT 0,
    callbacks_pending BIGINT NOT NULL DEFAULT 0,
    callbacks_failed BIGINT NOT NULL DEFAULT 0,
    lost BIGINT NOT NULL DEFAULT 0,
    waiting BIGINT NOT NULL DEFAULT 0,
    transferred BIGINT NOT NULL DEFAULT 0,
    wait_answered_ms_sum BIGINT NOT NULL DEFAULT 0,
    wait_abandoned_ms_sum BIGINT NOT NULL DEFAULT 0,
    rewait_ms_sum BIGINT NOT NULL DEFAULT 0,
    handle_ms_sum BIGINT NOT NULL DEFAULT 0,
    handled BIGINT NOT NULL DEFAULT 0,
    purpose_information BIGINT NOT NULL DEFAULT 0,
    purpose_transaction BIGINT NOT NULL DEFAULT 0,
    purpose_problem BIGINT NOT NULL DEFAULT 0,
    purpose_complaint BIGINT NOT NULL DEFAULT 0,
    purpose_idea BIGINT NOT NULL DEFAULT 0,
    purpose_compliment BIGINT NOT NULL DEFAULT 0,
    resolved BIGINT NOT NULL DEFAULT 0,
    resolution_known BIGINT NOT NULL DEFAULT 0,
    waits_answered TEXT NOT NULL DEFAULT '',
    waits_abandoned TEXT NOT NULL DEFAULT '',
    waits_customer TEXT NOT NULL DEFAULT '',
    first_ms BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (day, line, channel)
);

-- Days whose contacts were deleted: their cells are frozen, the hash says what they were.
CREATE TABLE sealed_days (
    day TEXT PRIMARY KEY,
    sealed_ms BIGINT NOT NULL,
    hash TEXT NOT NULL
);

-- Time for which a source is known to have reported everything: `live` by signs of life,
-- `import` by whole local days.
CREATE TABLE coverage (
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT NOT NULL,
    PRIMARY KEY (source, kind, from_ms)
);

-- received = counted + duplicate + orphaned + rejected, by source and UTC day of receipt.
CREATE TABLE ingest_counts (
    day TEXT NOT NULL,
    source TEXT NOT NULL,
    received BIGINT NOT NULL,
    counted BIGINT NOT NULL,
    duplicate BIGINT NOT NULL,
    orphaned BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    PRIMARY KEY (day, source)
);

-- People logged in on a line, as a source reported them; one report is carried 15 minutes.
CREATE TABLE capacity_reports (
    source TEXT NOT NULL,
    line TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    staffed BIGINT NOT NULL,
    PRIMARY KEY (source, line, at_ms)
);

-- Counts from sources that know no contacts: one register for each source, line and start.
CREATE TABLE volume_counts (
    source TEXT NOT NULL,
    line TEXT NOT NULL,
    start_ms BIGINT NOT NULL,
    seconds BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (source, line, start_ms)
);

-- Who writes. The lock itself is the operating system's (SQLite) or the session's (PostgreSQL);
-- this row is for the message to a second one.
CREATE TABLE lease (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    holder TEXT NOT NULL,
    since_ms BIGINT NOT NULL
);
