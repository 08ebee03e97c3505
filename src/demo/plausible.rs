//! Whether the simulated centre looks like one: its figures, printed and judged.
//!
//! `cargo test --lib plausible -- --nocapture` prints a table of each line.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::chance::float;
use super::{DayCells, Sim, history, sample};
use crate::domain::centre::Channel;
use crate::domain::event::Place;
use crate::domain::period::civil;
use crate::domain::tally::{Count, Tally, Waits};

fn cells(sim: &Sim, from: Date, to: Date) -> Vec<DayCells> {
    let mut all = Vec::new();
    history(sim, from, to, |day| all.push(day));
    all
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn percent(part: i64, whole: i64) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn service_level(tally: &Tally, secs: i64) -> f64 {
    let short = tally.waits(Waits::Abandoned).within(5).unwrap();
    let within = tally.waits(Waits::Answered).within(secs).unwrap();
    percent(within, tally.count(Count::Offered) - short)
}

fn abandonment(tally: &Tally) -> f64 {
    let short = tally.waits(Waits::Abandoned).within(5).unwrap();
    let offered = tally.count(Count::Offered) - short;
    percent(tally.count(Count::Abandoned) - short, offered)
}

fn wait_minutes(tally: &Tally, share: f64) -> f64 {
    let secs = tally.waits(Waits::Answered).percentile_secs(share);
    secs.unwrap_or(f64::NAN) / 60.0
}

fn print_place(sim: &Sim, place: &Place, days: &[DayCells]) {
    let whole: Tally = days
        .iter()
        .filter_map(|d| d.whole.get(place))
        .copied()
        .sum();
    let intervals = days.iter().flat_map(|d| &d.intervals);
    let of_place: Vec<_> = intervals.filter(|(key, _)| key.place == *place).collect();
    let five = of_place
        .iter()
        .filter(|(_, t)| t.count(Count::Attempts) >= 5);
    println!(
        "{:9} {:5} {:6.0}/day  SL {:4.1} %  abandoned {:4.1} %  refused {:.1} %  median {:.1} min  \
         P90 {:.1}  cells >= 5: {:.0} %  call-backs {} kept of {}  deflected {}  transferred {}",
        place.line,
        place.channel.name(),
        float(usize::try_from(whole.count(Count::Attempts)).unwrap()) / float(days.len()),
        service_level(&whole, 60),
        abandonment(&whole),
        percent(whole.count(Count::Refused), whole.count(Count::Attempts)),
        wait_minutes(&whole, 0.5),
        wait_minutes(&whole, 0.9),
        100.0 * float(five.count()) / float(of_place.len().max(1)),
        whole.count(Count::CallbacksKept),
        whole.count(Count::CallbacksRequested),
        whole.count(Count::Deflected),
        whole.count(Count::Transferred),
    );
    let mut by_slot: BTreeMap<(i8, i8), Tally> = BTreeMap::new();
    for (key, tally) in of_place {
        let local = civil(key.interval.ms(), &sim.centre.zone);
        let weekday = key.day.weekday().to_monday_zero_offset();
        *by_slot.entry((local.hour(), weekday)).or_default() += tally;
    }
    for hour in 0..24 {
        let slot = |weekday| by_slot.get(&(hour, weekday));
        if (0..7).any(|day| slot(day).is_some()) {
            let shown = (0..7).map(|day| {
                slot(day).map_or_else(
                    || "       –     ".to_owned(),
                    |t| {
                        format!(
                            " {:5.1} / {:5.1}",
                            wait_minutes(t, 0.5),
                            wait_minutes(t, 0.9)
                        )
                    },
                )
            });
            println!("   {hour:02}h {}", shown.collect::<Vec<_>>().join("  "));
        }
    }
}

/// P90 of the wait on the telephone in each opening hour, minutes.
fn hourly_p90(sim: &Sim, days: &[DayCells], line: &str) -> Vec<f64> {
    let mut hours: BTreeMap<(Date, i8), Tally> = BTreeMap::new();
    for (key, tally) in days.iter().flat_map(|day| &day.intervals) {
        if key.place.line == line && key.place.channel == Channel::Voice {
            let hour = civil(key.interval.ms(), &sim.centre.zone).hour();
            *hours.entry((key.day, hour)).or_default() += tally;
        }
    }
    let open = hours.values().filter(|t| t.count(Count::Answered) > 0);
    open.map(|tally| wait_minutes(tally, 0.9)).collect()
}

#[test]
fn its_figures_are_those_of_a_contact_centre() {
    let sim = sample::sim();
    let from = sim.today.saturating_sub(12.weeks());
    let days = cells(&sim, from, sim.today);
    let mut live = Tally::default();
    for place in sim.queues.iter().map(|queue| &queue.place) {
        print_place(&sim, place, &days);
        if !place.channel.is_written() {
            live += &days
                .iter()
                .filter_map(|d| d.whole.get(place))
                .copied()
                .sum();
        }
    }
    let (level, abandoned) = (service_level(&live, 60), abandonment(&live));
    println!("voice and chat: service level {level:.1} %, abandoned {abandoned:.1} %");
    assert!((70.0..85.0).contains(&level));
    assert!((4.0..10.0).contains(&abandoned));
    let peaks = hourly_p90(&sim, &days, "billing");
    let longest = peaks.iter().copied().fold(0.0, f64::max);
    let short = peaks.iter().filter(|minutes| **minutes <= 1.0).count();
    let quiet = float(short) / float(peaks.len());
    println!("billing: longest hourly P90 {longest:.1} min, quiet hours {quiet:.2}");
    assert!((15.0..=30.0).contains(&longest));
    assert!((0.3..0.7).contains(&quiet));
    let working = days.iter().filter(|day| day.contacts > 1_500);
    let contacts: Vec<usize> = working.map(|day| day.contacts).collect();
    let mean = contacts.iter().sum::<usize>() / contacts.len();
    println!("{mean} contacts on a working day");
    assert!((2_300..3_500).contains(&mean));
}
