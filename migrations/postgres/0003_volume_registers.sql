-- Counts from sources that know no contacts: one register for each span of a line, its channel and
-- source. Until now they were kept and not yet shown, without the day in which they count.
DROP TABLE volume_counts;
CREATE TABLE volume_counts (
    start_ms BIGINT NOT NULL,
    line TEXT NOT NULL,
    channel TEXT NOT NULL,
    source TEXT NOT NULL,
    day TEXT NOT NULL,
    seconds BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (start_ms, line, channel, source)
);
CREATE INDEX volume_counts_by_day ON volume_counts (day);
CREATE INDEX volume_counts_by_span ON volume_counts (line, seconds);
