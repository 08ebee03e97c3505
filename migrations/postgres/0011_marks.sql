-- How far each source's growing file is read; written with what was read. `file` is a hash of the
-- file's first line, `line_ms` the time of the last line, `read_ms` when it was read.
CREATE TABLE marks (
    source TEXT PRIMARY KEY,
    file TEXT NOT NULL,
    read_bytes BIGINT NOT NULL,
    line_ms BIGINT NOT NULL,
    read_ms BIGINT NOT NULL
);
