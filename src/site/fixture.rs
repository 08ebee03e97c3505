//! A made-up centre, day, week and series: for tests and for looking at the pages while they are built.

mod made_up;

pub use made_up::MadeUp;

use std::sync::Arc;

use jiff::civil::{Date, date, time};
use jiff::tz::TimeZone;

use super::Site;
use super::figures::{WeekCell, WeekRow, WeekTable};
use crate::domain::centre::{
    Alternative, Centre, Channel, Holiday, Leads, Line, Period, Purpose, ServiceLevel,
    Site as Bureau, SiteKind, Text, WeekHours,
};
use crate::domain::event::Millis;
use crate::domain::hours::open_half_hours;
use crate::domain::period;
use crate::domain::testing;
use crate::live::frame::{
    LineNow, LineState, Now, QuietSlot, StripSlot, StripTime, Today, Verdict, VerdictCode,
    WaitRange,
};
use crate::live::narrow::Ahead;
use crate::live::verdict::UpcomingSlot;

/// Friday 20 November 2026, 14:32:10 in Paris.
pub const NOW_MS: Millis = 1_795_181_530_000;

fn text(en: &str, fr: &str) -> Text {
    Text([("en".into(), en.into()), ("fr".into(), fr.into())].into())
}

fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC)
}

fn line(id: &str, name: Text, phone: Option<&str>, channel: Channel) -> Line {
    let day = vec![
        Period {
            from: time(8, 0, 0, 0),
            to: Some(time(12, 30, 0, 0)),
        },
        Period {
            from: time(13, 0, 0, 0),
            to: Some(time(18, 0, 0, 0)),
        },
    ];
    let saturday = vec![Period {
        from: time(9, 0, 0, 0),
        to: Some(time(13, 0, 0, 0)),
    }];
    let hours = WeekHours([
        day.clone(),
        day.clone(),
        day.clone(),
        day.clone(),
        day,
        saturday,
        vec![],
    ]);
    let usual = testing::line(id);
    Line {
        name,
        phone: phone.map(str::to_owned),
        channels: vec![channel],
        hours,
        holidays: vec![Holiday {
            date: date(2026, 12, 25),
            name: text("Christmas Day", "Noël"),
            hours: vec![],
        }],
        service: ServiceLevel {
            promise_secs: 300,
            promise_percent: 90.0,
            ..usual.service
        },
        alternatives: if channel == Channel::Voice {
            vec![
                Alternative {
                    name: text("Chat with us", "Discuter par chat"),
                    link: "https://water.example/chat".into(),
                    line: Some("chat".into()),
                },
                Alternative {
                    name: text("Report a meter reading", "Transmettre un relevé"),
                    link: "https://water.example/meter".into(),
                    line: None,
                },
            ]
        } else {
            vec![]
        },
        ..usual
    }
}

/// One office of its own, and a partner.
fn sites() -> Vec<Bureau> {
    let site = |id: &str, name, kind| Bureau {
        id: id.into(),
        name,
        kind,
    };
    vec![
        site(
            "town",
            text("Town office", "Bureau de la ville"),
            SiteKind::InHouse,
        ),
        site("dial", text("Dial House", "Maison Dial"), SiteKind::Partner),
    ]
}

/// A water supplier with four lines.
#[must_use]
pub fn centre() -> Centre {
    let phone = Some("+33 1 99 00 10 20");
    Centre {
        name: text("Northwater", "Eaux du Nord"),
        zone_name: "Europe/Paris".into(),
        zone: paris(),
        languages: vec!["en".into(), "fr".into()],
        lines: vec![
            line(
                "billing",
                text("Bills and payments", "Factures et paiements"),
                phone,
                Channel::Voice,
            ),
            line(
                "moving",
                text("Moving home", "Déménagement"),
                phone,
                Channel::Voice,
            ),
            line(
                "leaks",
                text("Leaks and emergencies", "Fuites et urgences"),
                phone,
                Channel::Voice,
            ),
            line("chat", text("Chat", "Chat"), None, Channel::Chat),
        ],
        purposes: vec![
            Purpose {
                id: "bill".into(),
                name: text("It is about my bill", "C’est pour ma facture"),
                leads: Leads::Line("billing".into()),
                note: Some(text("Have your number at hand.", "Ayez votre numéro.")),
            },
            Purpose {
                id: "pay".into(),
                name: text("I want to pay", "Je veux payer"),
                leads: Leads::Link("https://water.example/pay".into()),
                note: None,
            },
            Purpose {
                id: "move".into(),
                name: text("I am moving", "Je déménage"),
                leads: Leads::Line("moving".into()),
                note: None,
            },
        ],
        sites: sites(),
        sources: vec![],
        ..testing::centre(&[])
    }
}

/// The site of the made-up centre.
#[must_use]
pub fn site() -> Site {
    Site::new(Arc::new(centre()), Arc::new(MadeUp::default()))
}

fn rfc3339(at_ms: Millis) -> String {
    period::timestamp(at_ms).to_string()
}

fn at(day: Date, hour: i8, minute: i8) -> Millis {
    period::instant_ms(day.at(hour, minute, 0, 0), &paris())
}

fn range(low_mins: i64, high_mins: i64) -> WaitRange {
    WaitRange {
        low_mins,
        high_mins: Some(high_mins),
    }
}

/// The shape of a day: waits in minutes for each half hour from 8:00.
const SHAPE: [f64; 19] = [
    9.0, 14.5, 18.0, 21.0, 19.0, 17.0, 13.0, 11.0, 8.0, 7.0, 12.0, 15.0, 16.0, 14.0, 12.0, 8.0,
    4.0, 3.2, 2.6,
];

fn strip() -> Vec<StripSlot> {
    let day = period::local_day(NOW_MS, &paris());
    let halves = (16..25).chain(26..36);
    halves
        .zip(SHAPE)
        .map(|(half, wait)| {
            let start_ms = at(day, half / 2, half % 2 * 30);
            let when = match half {
                ..29 => StripTime::Past,
                29 => StripTime::Now,
                _ => StripTime::Expected,
            };
            let mark = match half {
                16 => Some("c"),
                22 => Some("x"),
                _ => None,
            };
            #[expect(clippy::cast_possible_truncation, reason = "a few minutes")]
            let low = (wait / 2.0) as i64;
            StripSlot {
                start: rfc3339(start_ms),
                when,
                wait_mins: mark.is_none().then_some(wait),
                expected: (when != StripTime::Past).then(|| range(low, low * 2 + 5)),
                mark: mark.map(str::to_owned),
            }
        })
        .collect()
}

/// A line where everybody waits, with three quiet times ahead.
#[must_use]
pub fn busy_line() -> LineNow {
    let day = period::local_day(NOW_MS, &paris());
    let slot = |hour, minute, wait, weight| QuietSlot {
        start: rfc3339(at(day, hour, minute)),
        end: rfc3339(at(day, hour, minute) + 1_800_000),
        wait,
        weight,
    };
    let next_quiet = vec![
        slot(16, 30, range(2, 5), 0.5),
        slot(17, 0, range(2, 5), 0.3),
        slot(17, 30, range(1, 3), 0.2),
    ];
    LineNow {
        id: "billing".into(),
        name: "Bills and payments".into(),
        phone: Some("+33 1 99 00 10 20".into()),
        state: LineState::Open,
        opens_at: None,
        closes_at: Some(rfc3339(at(day, 18, 0))),
        last_seen_at: Some(rfc3339(NOW_MS - 2_000)),
        waiting: Some(14),
        waiting_below: None,
        longest_wait_secs: Some(905),
        answered_last_half_hour: Some(38),
        staffed_at_least: Some(10),
        wait: Some(range(10, 20)),
        typical: Some(range(5, 15)),
        verdict: Verdict {
            code: VerdictCode::Busy,
            better_at: Some(next_quiet[0].start.clone()),
            better_wait: Some(next_quiet[0].wait),
            saves_mins: Some(15),
            text: "Busy now. Better at 16:30.".into(),
        },
        next_quiet,
        ranges_right: Some(0.83),
        today: Today {
            until: Some(rfc3339(at(day, 14, 30))),
            attempts: Some(1_312),
            answered: Some(1_188),
            abandoned: Some(96),
        },
        strip: strip(),
    }
}

/// The made-up line in another state.
#[must_use]
pub fn line_in(code: VerdictCode, id: &str) -> LineNow {
    let mut line = LineNow {
        id: id.into(),
        next_quiet: Vec::new(),
        ..busy_line()
    };
    line.verdict.code = code;
    line.verdict.better_at = None;
    line.verdict.better_wait = None;
    line.verdict.saves_mins = None;
    let calm = StripSlot::clone;
    match code {
        VerdictCode::Busy => {
            line = LineNow {
                id: id.into(),
                ..busy_line()
            }
        }
        VerdictCode::Good => {
            line.wait = Some(range(0, 2));
            line.waiting = None;
            line.waiting_below = Some(5);
            line.longest_wait_secs = None;
            for slot in &mut line.strip {
                slot.wait_mins = calm(slot).wait_mins.map(|mins| mins / 6.0);
            }
        }
        VerdictCode::AsGoodAsItGets => line.wait = Some(range(5, 10)),
        VerdictCode::Closed => {
            line.state = LineState::Closed;
            line.opens_at = Some(rfc3339(at(date(2026, 11, 23), 8, 0)));
            line.closes_at = None;
            line.wait = None;
            line.waiting = None;
            line.strip.clear();
        }
        VerdictCode::Delayed | VerdictCode::NoData => {
            line.state = if code == VerdictCode::Delayed {
                LineState::Delayed
            } else {
                LineState::NoData
            };
            line.last_seen_at = Some(rfc3339(NOW_MS - 22 * 60_000));
            line.wait = None;
            line.waiting = None;
            line.answered_last_half_hour = None;
        }
    }
    line
}

/// The whole made-up centre: one line of each verdict that matters.
#[must_use]
pub fn now() -> Now {
    let mut chat = line_in(VerdictCode::Good, "chat");
    chat.phone = None;
    Now {
        centre: "Northwater".into(),
        zone: "Europe/Paris".into(),
        sample_data: true,
        as_of: rfc3339(NOW_MS),
        stale_after: rfc3339(NOW_MS + 30_000),
        lines: vec![
            busy_line(),
            line_in(VerdictCode::Closed, "moving"),
            line_in(VerdictCode::NoData, "leaks"),
            chat,
        ],
    }
}

/// The usual week of the made-up line.
#[must_use]
pub fn week(line: &str) -> WeekTable {
    let steps = [0, 1, 2, 3, 5, 10, 15, 20, 30, 45, 60];
    let rows = (16..25)
        .chain(26..36)
        .zip(SHAPE)
        .map(|(half, wait): (i8, f64)| {
            let cells = std::array::from_fn(|weekday| {
                let factor = [1.5, 1.1, 0.9, 0.6, 1.0, 0.3, 0.0][weekday];
                if factor == 0.0 || (weekday == 5 && !(18..26).contains(&half)) {
                    return WeekCell::Closed;
                }
                if weekday == 5 && half == 25 {
                    return WeekCell::FewCalls;
                }
                let mins = wait * factor;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "0 to 100"
                )]
                let busy_index = (mins / 31.5 * 100.0) as u8;
                let below = |limit: f64| steps.into_iter().rfind(|step| f64::from(*step) <= limit);
                let above = |limit: f64| steps.into_iter().find(|step| f64::from(*step) >= limit);
                WeekCell::Usual {
                    wait: Some(WaitRange {
                        low_mins: below(mins * 0.5).unwrap_or(0).into(),
                        high_mins: above(mins * 1.3).map(i64::from),
                    }),
                    busy_index,
                }
            });
            WeekRow {
                start: time(half / 2, half % 2 * 30, 0, 0),
                cells,
            }
        });
    WeekTable {
        line: line.into(),
        weeks: 12,
        rows: rows.collect(),
        busiest: vec![0],
        quietest: Some((3, time(16, 0, 0, 0))),
    }
}

/// What is expected of a line of the made-up centre: every open half hour of two weeks, with the
/// waits of its usual week.
#[must_use]
pub fn ahead(line: &str) -> Ahead {
    let centre = centre();
    let Some(described) = centre.line(line) else {
        return Ahead::default();
    };
    let rows = week(line).rows;
    let today = period::local_day(NOW_MS, &paris());
    let last = today.saturating_add(jiff::ToSpan::days(15));
    let halves =
        period::days(today, last).flat_map(|day| open_half_hours(described, day, &paris()));
    let slot = |span: period::Span| {
        let local = period::civil(span.start_ms, &paris());
        let weekday = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
        let row = rows.iter().find(|row| row.start == local.time());
        let (wait, busy) = match row.map(|row| row.cells[weekday]) {
            Some(WeekCell::Usual { wait, busy_index }) => (wait, Some(f64::from(busy_index))),
            _ => (None, None),
        };
        UpcomingSlot {
            span,
            typical: wait.map(Into::into),
            expected_contacts: busy,
        }
    };
    Ahead {
        slots: halves.map(slot).collect(),
        peak_contacts: Some(100.0),
    }
}
