//! English words of the report card.

use crate::words::CardWords;

pub(super) const CARD: CardWords = CardWords {
    title: "How good our forecasts were",
    rules: &[
        "Every night a forecast is issued for the next 14 days: how many will call in each half hour, and how long single callers will wait, each with a range that should hold four times out of five. It is kept as it was issued and scored when its time is over.",
        "Contacts: the total of the day (weekday, holiday, day after a holiday, trend) times the shape of the day. Waits: past waits of the same half hour, days with the same hours and recent ones counting most, read as the last days turned out.",
        "Opponents need no model: as in the same half hour of the last week, and as in the last four weeks. Where one of them was better over the past, its forecast of contacts is the one that is used, and named here.",
        "The range shown to somebody who calls is scored too: by how long that caller waited. Who hung up within the range is not counted, who hung up beyond it counts as a miss.",
        "Days before the first forecast was issued are made up for from nothing but what came before each of them.",
    ],
    none: "No forecast has been scored yet.",
    waits: "Waits, by single calls of the last four weeks",
    contacts: "Contacts, by half hours of the last four weeks",
    told: "Line, told when",
    told_when_calling: "when they called",
    told_that_day: "on the day",
    told_week_ahead: "six days before",
    calls: "Calls",
    half_hours: "Half hours",
    within: "In the range",
    median_miss: "Median error",
    pinball: "Pinball loss",
    against_last_week: "Against last week",
    against_last_four: "Against four weeks",
    better: "better",
    worse: "worse",
    by_model: "Made by",
    weeks_of_history: "weeks of history",
    too_little: "fewer than four weeks: a guess",
    simpler_is_better: "The simpler forecast was better and is used.",
};
