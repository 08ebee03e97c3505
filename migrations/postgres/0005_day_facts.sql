-- What follows contacts, by local day: surveys and complaints. Sparse: a row for each name of
-- `domain::facts::DayFact` that was ever counted. `frozen` is that part of `value` whose contacts
-- and complaints are deleted; the rest is the sum over those that are kept.
CREATE TABLE day_facts (
    day TEXT NOT NULL,
    line TEXT NOT NULL,
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    frozen BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (day, line, channel, name)
);
CREATE INDEX day_facts_by_change ON day_facts (changed_ms);

-- What the frozen parts of a day are: their hash.
CREATE TABLE frozen_facts (
    day TEXT PRIMARY KEY,
    hash TEXT NOT NULL
);

-- Complaints whose contact was deleted with its day: start and complaint of
-- `domain::contact::Contact` (JSON), so that a closing still counts.
CREATE TABLE complaints (
    key TEXT PRIMARY KEY,
    keep_until_ms BIGINT NOT NULL,
    facts TEXT NOT NULL
);
CREATE INDEX complaints_by_end ON complaints (keep_until_ms);
