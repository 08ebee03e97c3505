//! Letters: they come at all hours, lie over night and week-end, and are answered in turn.
//!
//! A letter of Friday evening waits behind those of the day, so the pile is followed from the
//! Monday of the week before, when it starts empty; its first week only fills it.

use jiff::ToSpan;
use jiff::civil::Date;

use super::chance::{Chance, float, millis};
use super::shape::DayGrid;
use super::simulate::{arrival_times, note_end};
use super::{Queue, SETTLED_AFTER_DAYS, Sim, SimContact, roster};
use crate::domain::event::{Fact, Millis, Purpose};
use crate::domain::period::{Grain, days};

/// Letters of one day; numbers are still to be given.
pub(super) fn simulate_written(sim: &Sim, day: Date) -> Vec<SimContact> {
    let mut letters = simulate_week(sim, Grain::Week.first_day(day));
    letters.retain(|letter| letter.day == day);
    letters
}

/// Letters of a whole week, Monday to Sunday; the same as day by day, but the pile is followed
/// only once.
pub(super) fn simulate_week(sim: &Sim, monday: Date) -> Vec<SimContact> {
    let queues = sim.queues.iter();
    let written = queues.filter(|queue| queue.profile.channel.is_written());
    written
        .flat_map(|queue| answer_pile(sim, queue, monday))
        .collect()
}

fn answer_pile(sim: &Sim, queue: &Queue, monday: Date) -> Vec<SimContact> {
    let first = monday.saturating_sub(1.week());
    let end = monday.saturating_add(1.week());
    let last = end.saturating_add(SETTLED_AFTER_DAYS.days());
    let grids: Vec<DayGrid> = days(first, last)
        .map(|day| DayGrid::of(day, &sim.centre.zone))
        .collect();
    let desk = Desk::of(sim, queue, &grids);
    let mut done = 0.0;
    let mut letters = Vec::new();
    for grid in grids.iter().take_while(|grid| grid.day < end) {
        let topic = format!("{} {}", queue.profile.line, queue.profile.channel.name());
        let mut chance = Chance::new(sim.seed, grid.day, &topic);
        for (at_ms, _) in arrival_times(sim, queue, grid, &mut chance) {
            let work = draw_work(queue, &mut chance);
            let handle_secs = work.handle_secs;
            done = desk.work_until(at_ms).max(done) + handle_secs;
            if grid.day >= monday {
                let answered_ms = desk.when(done).max(at_ms);
                let facts = facts_of(queue, at_ms, answered_ms, &work);
                letters.push(SimContact {
                    day: grid.day,
                    number: 0,
                    facts,
                });
            }
        }
    }
    letters
}

struct Work {
    handle_secs: f64,
    purpose: Option<Purpose>,
    resolved: Option<bool>,
}

fn draw_work(queue: &Queue, chance: &mut Chance) -> Work {
    let profile = queue.profile;
    let handle = chance.lognormal(profile.handle_secs, profile.handle_spread);
    let purpose = Purpose::ALL[chance.pick(&profile.purposes)];
    let resolved = chance.happens(profile.resolved);
    Work {
        handle_secs: handle.max(60.0),
        // Who reads a letter notes what it was about.
        purpose: Some(purpose),
        resolved: Some(resolved),
    }
}

fn facts_of(queue: &Queue, at_ms: Millis, answered_ms: Millis, work: &Work) -> Vec<(Millis, Fact)> {
    let mut facts = vec![
        (at_ms, Fact::Attempted(queue.place.clone())),
        (at_ms, Fact::Offered(queue.place.clone())),
        (answered_ms, Fact::Answered),
    ];
    let handle_ms = millis(work.handle_secs);
    note_end(
        &mut facts,
        answered_ms,
        handle_ms,
        work.purpose,
        work.resolved,
    );
    facts
}

/// The work people can do: person-seconds since the first instant, quarter by quarter. All of
/// them together take the letters in turn.
struct Desk(Vec<(Millis, f64)>);

impl Desk {
    fn of(sim: &Sim, queue: &Queue, grids: &[DayGrid]) -> Self {
        let mut total = 0.0;
        let mut steps = Vec::new();
        for grid in grids {
            let duty = roster::on_duty(sim, queue, grid);
            for (quarter, on_duty) in grid.quarters.iter().zip(duty) {
                steps.push((quarter.start_ms, total));
                total += float(on_duty) * 900.0;
            }
            steps.push((grid.span.end_ms, total));
        }
        Self(steps)
    }

    /// Person-seconds until an instant.
    fn work_until(&self, at_ms: Millis) -> f64 {
        let after = self.0.partition_point(|(step_ms, _)| *step_ms <= at_ms);
        match (after.checked_sub(1).map(|i| self.0[i]), self.0.get(after)) {
            (Some((from_ms, from)), Some((to_ms, to))) => {
                from + (to - from) * share(at_ms - from_ms, to_ms - from_ms)
            }
            (Some((_, total)), None) => total,
            _ => 0.0,
        }
    }

    /// The instant at which so many person-seconds are worked; the end if there are fewer.
    fn when(&self, work: f64) -> Millis {
        let after = self.0.partition_point(|(_, total)| *total < work);
        match (after.checked_sub(1).map(|i| self.0[i]), self.0.get(after)) {
            (Some((from_ms, from)), Some((_, to))) => {
                from_ms + millis(900.0 * (work - from) / (to - from))
            }
            (Some((last_ms, _)), None) => last_ms,
            (None, first) => first.map_or(0, |(first_ms, _)| *first_ms),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "lengths within some days")]
fn share(part_ms: Millis, whole_ms: Millis) -> f64 {
    part_ms as f64 / whole_ms.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use jiff::civil::date;

    #[test]
    fn letters_of_a_week_are_those_of_its_days() {
        let sim = sample::sim();
        let monday = date(2026, 5, 18);
        let week = simulate_week(&sim, monday);
        let sunday = date(2026, 5, 25);
        let daily: Vec<_> = days(monday, sunday)
            .flat_map(|day| simulate_written(&sim, day))
            .collect();
        assert_eq!(week, daily);
        assert!(week.len() > 400, "{}", week.len());
    }

    #[test]
    fn a_letter_of_sunday_is_answered_in_opening_time() {
        let sim = sample::sim();
        let sunday = date(2026, 5, 17);
        let queue = sim.queues.iter().find(|q| q.profile.channel.is_written());
        let line = sim.line_of(queue.unwrap());
        for letter in simulate_written(&sim, sunday) {
            let answered = letter.facts.iter().find(|(_, f)| *f == Fact::Answered);
            let (at_ms, _) = *answered.unwrap();
            let day = crate::domain::period::local_day(at_ms, &sim.centre.zone);
            assert!(day > sunday);
            let grid = DayGrid::of(day, &sim.centre.zone);
            let quarter = grid.quarters.partition_point(|q| q.start_ms < at_ms) - 1;
            assert!(grid.open(line, &sim.centre.zone)[quarter]);
        }
    }
}
