//! How many people are on duty when: shifts planned from expected load, lunch, sickness.

use jiff::civil::Date;

use super::chance::{Chance, float, people};
use super::lines::Profile;
use super::shape::{self, DayGrid};
use super::{Queue, Sim};
use crate::domain::event::Millis;
use crate::domain::period::local_day;

/// Chance that one person is absent on a day.
const ABSENT: f64 = 0.055;
/// Share of the people who are not at lunch between noon and half past one.
const AT_LUNCH_REMAIN: f64 = 0.86;
/// Opening hours of an ordinary day of a written channel.
const WRITTEN_HOURS: f64 = 10.0;
/// Extra people on the flooded line, from the second hour of the burst on.
const EXTRA_AT_BURST: usize = 3;

/// Handle times with the guide, and with the form, against those without.
const WITH_GUIDE: f64 = 0.86;
const WITH_FORM: f64 = 1.1;

/// The handle time on a day, seconds: shorter once the technical line has its guide, longer once the
/// line for moving has its form.
#[must_use]
pub fn handle_secs(sim: &Sim, profile: &Profile, day: Date) -> f64 {
    if shape::is_helped(sim, profile, day) {
        profile.handle_secs * WITH_GUIDE
    } else if shape::has_form(sim, profile, day) {
        profile.handle_secs * WITH_FORM
    } else {
        profile.handle_secs
    }
}

/// People on duty in each quarter of the day; 0 while the line is closed.
#[must_use]
pub fn on_duty(sim: &Sim, queue: &Queue, grid: &DayGrid) -> Vec<usize> {
    let profile = queue.profile;
    let open = grid.open(sim.line_of(queue), &sim.centre.zone);
    let wanted: Vec<usize> = grid
        .quarters
        .iter()
        .map(|quarter| wanted(sim, queue, grid, quarter.hour))
        .collect();
    let most = wanted.iter().copied().max().unwrap_or(0);
    let topic = format!("roster {} {}", profile.line, profile.channel.name());
    let mut chance = Chance::new(sim.seed, grid.day, &topic);
    let absent = float((0..most).filter(|_| chance.happens(ABSENT)).count());
    let duty = wanted.iter().zip(open).map(|(wanted, open)| {
        let missing = people(absent * float(*wanted) / float(most.max(1)));
        let present = wanted.saturating_sub(missing).max(profile.fewest);
        if open { present } else { 0 }
    });
    duty.collect()
}

/// People wanted at a local hour, before sickness. Shifts change on whole and half hours.
fn wanted(sim: &Sim, queue: &Queue, grid: &DayGrid, hour: f64) -> usize {
    let profile = queue.profile;
    let hour = (hour * 2.0).floor() / 2.0 + 0.25;
    // Who has to reach a person: the rest is served by the menu or hangs up in it.
    let reach = 1.0 - profile.self_served - profile.left_in_menu;
    let arrivals_per_sec = shape::planned(queue, grid.day, hour) * reach / 900.0;
    // The plan still counts with the old handle time when the guide comes: that is the gain.
    let mut load = arrivals_per_sec * profile.handle_secs / float(profile.at_once);
    if profile.channel.is_written() {
        // What comes in within 24 hours is worked on within the opening ones.
        load *= 24.0 / WRITTEN_HOURS;
    }
    let mut needed = load + profile.reserve * load.sqrt();
    if (12.0..13.5).contains(&hour) {
        needed *= AT_LUNCH_REMAIN;
    }
    let mut wanted = people(needed + 0.25).max(profile.fewest);
    if shape::is_helped(sim, profile, grid.day) {
        wanted += 1;
    }
    let burst = f64::from(super::BURST_FROM_HOUR);
    let extra = burst + 1.0..burst + f64::from(super::BURST_HOURS);
    if profile.topic == super::lines::Topic::Leaks
        && shape::is_burst_day(sim, grid.day)
        && extra.contains(&hour)
    {
        wanted += EXTRA_AT_BURST;
    }
    wanted
}

/// People on duty on a line at an instant, all its channels together.
#[must_use]
pub fn staffed_at(sim: &Sim, line: &str, at_ms: Millis) -> usize {
    let day = local_day(at_ms, &sim.centre.zone);
    let grid = DayGrid::of(day, &sim.centre.zone);
    let quarter = grid.quarters.partition_point(|q| q.start_ms <= at_ms);
    let queues = sim.queues.iter().filter(|queue| queue.profile.line == line);
    queues
        .filter_map(|queue| {
            let duty = on_duty(sim, queue, &grid);
            duty.get(quarter.saturating_sub(1)).copied()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::domain::period::instant_ms;
    use jiff::civil::{date, datetime};

    #[test]
    fn nobody_is_on_duty_while_a_line_is_closed_and_somebody_while_it_is_open() {
        let sim = sample::sim();
        let grid = DayGrid::of(date(2026, 5, 20), &sim.centre.zone);
        for queue in &sim.queues {
            let open = grid.open(sim.line_of(queue), &sim.centre.zone);
            for (duty, open) in on_duty(&sim, queue, &grid).into_iter().zip(open) {
                assert_eq!(duty > 0, open, "{}", queue.profile.line);
            }
        }
    }

    #[test]
    fn the_emergency_line_is_staffed_at_night_and_the_others_are_not() {
        let sim = sample::sim();
        let night = instant_ms(datetime(2026, 5, 20, 3, 0, 0, 0), &sim.centre.zone);
        assert!(staffed_at(&sim, "leaks", night) >= 2);
        assert_eq!(staffed_at(&sim, "billing", night), 0);
        let noon = instant_ms(datetime(2026, 5, 20, 11, 0, 0, 0), &sim.centre.zone);
        assert!(staffed_at(&sim, "billing", noon) >= 8);
    }
}
