-- Forecasts as they were issued: of a line, from a local day on (JSON of `domain::card::Issued`).
-- They are kept until every slot is over and scored.
CREATE TABLE forecasts (
    line TEXT NOT NULL,
    day TEXT NOT NULL,
    issued_ms BIGINT NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (line, day)
);

-- How forecasts turned out: of a line and a local day, issued so many days before. `lead` is -1 for
-- the ranges that were shown to those who called. Sums (JSON of `domain::card::Score`), for ever.
CREATE TABLE forecast_scores (
    day TEXT NOT NULL,
    line TEXT NOT NULL,
    lead BIGINT NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (day, line, lead)
);
