//! How long the demand forecast of one line takes from two years of half hours; beside it, as the
//! yardstick, the plain weekly profile of the same data.

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::civil::{Date, date};
use quietline::config::parse_centre;
use quietline::domain::centre::{Channel, Line};
use quietline::domain::hours::open_half_hours;
use quietline::domain::period::{IntervalStart, Span, day_start_ms, days};
use quietline::domain::tally::{Count, Tally};
use quietline::forecast::demand::calendar::{Calendar, DayCounts};
use quietline::forecast::demand::forecast;
use quietline::forecast::profile::{History, Past, RECENT_WEEKS, build_profile};

const FIRST: Date = date(2024, 1, 1);
const END: Date = date(2026, 1, 1);

/// Some calls of a half hour: a peak at noon, more on the first weekdays, a little chance.
fn calls(day: Date, half: usize) -> i64 {
    let half = i64::try_from(half).unwrap_or(0);
    let noon = 60 - 2 * (half - 24).abs();
    let weekday = 10 - i64::from(day.weekday().to_monday_zero_offset());
    let chance = (i64::from(day.day_of_year()) * 37 + half * 101) % 17;
    noon * weekday / 8 + chance
}

fn measure(criterion: &mut Criterion, name: &str, line: &Line, calendar: &Calendar<'_>) {
    let mut past = Past::default();
    let mut open: Vec<Span> = Vec::new();
    let mut counts = Vec::new();
    for day in days(FIRST, END) {
        let halves = calendar.plan(day).halves;
        open.extend(open_half_hours(line, day, calendar.zone));
        for half in &halves {
            let mut tally = Tally::default();
            tally.set(Count::Attempts, calls(day, half.index));
            past.add(
                &line.id,
                Channel::Voice,
                IntervalStart::containing(half.span.start_ms),
                &tally,
            );
        }
        let known = |half: usize| f64::from(i32::try_from(calls(day, half)).unwrap_or(0));
        counts.push(DayCounts {
            day,
            halves: halves.iter().map(|half| Some(known(half.index))).collect(),
        });
    }
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20);
    group.bench_function("yardstick: the plain weekly profile", |b| {
        let history = History {
            past: &past,
            open: &open,
            covered: &|_| true,
            until_ms: day_start_ms(END, calendar.zone),
            recent_weeks: RECENT_WEEKS,
        };
        b.iter(|| build_profile(&line.id, calendar.zone, &history));
    });
    group.bench_function("demand of the next 14 days, with ranges", |b| {
        b.iter(|| forecast(calendar, &counts, END));
    });
    group.finish();
}

fn demand(criterion: &mut Criterion) {
    let Ok(centre) = parse_centre(quietline::demo::centre_toml()) else {
        eprintln!("the simulated centre cannot be read");
        return;
    };
    for (name, id) in [
        ("two years, always open", "leaks"),
        ("two years, office hours", "billing"),
    ] {
        let Some(line) = centre.line(id) else {
            eprintln!("there is no line {id}");
            continue;
        };
        let calendar = Calendar {
            lines: vec![line],
            zone: &centre.zone,
            events: &[],
        };
        measure(criterion, name, line, &calendar);
    }
}

criterion_group!(benches, demand);
criterion_main!(benches);
