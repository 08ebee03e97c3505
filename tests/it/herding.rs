//! Many follow the advice: does it stay good?
//!
//! A closed loop. The simulated centre's customers wait in its queue for its people; before they
//! call, a share of them sees what the page would say (the live range, the verdict, the quiet time
//! drawn at that tick) and calls then. What comes of it is counted, and every week the usual week
//! is learned anew from the last eight. The same customers call without advice, for comparison.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use quietline::config::parse_centre;
use quietline::demo::floor::Glance;
use quietline::demo::herding::{Adviser, Call, Herd};
use quietline::demo::history::DayCells;
use quietline::demo::{Sim, centre_toml};
use quietline::domain::centre::Line;
use quietline::domain::event::Millis;
use quietline::domain::hours::open_half_hours;
use quietline::domain::period::{Span, day_start_ms, days};
use quietline::forecast::minutes::MinutesRange;
use quietline::forecast::profile::{
    HALVES, History, Past, RECENT_WEEKS, WeekProfile, build_profile, slot_index,
};
use quietline::live::ahead::{Outlook, expect_halves};
use quietline::live::estimate::{Calibration, Pair, QueueView, estimate_secs};
use quietline::live::verdict::{Ruling, Situation, UpcomingSlot, draw, judge};
use rstest::rstest;

/// Learning begins; nobody is advised yet.
const FIRST: Date = date(2025, 1, 6);
/// Advice is given from here on …
const ADVISED: Date = date(2025, 3, 3);
/// … for 26 weeks, with holidays and both kinds of clock changes but one.
const END: Date = date(2025, 9, 1);
const WEEKS: f64 = 26.0;
/// The line: busy mornings, very busy Mondays.
const LINE: &str = "technical";
/// A frame lives this long.
const TICK_MS: Millis = 5_000;
/// A half hour of the week is judged if at least one caller a week was sent to it.
const SENT: u32 = 26;

/// Which of the quiet times a caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Telling {
    /// Nobody is told anything.
    Nothing,
    /// As the page does: drawn at each tick.
    Drawn,
    /// Everybody the one with the shortest usual wait.
    TheBest,
}

/// The page, and what stands behind it.
struct Page<'a> {
    sim: &'a Sim,
    line: &'a Line,
    telling: Telling,
    past: Past,
    outlook: Outlook,
    calibration: Calibration,
    /// The half hours that were open so far.
    open: Vec<Span>,
    /// What was estimated for whom, by the instant they joined.
    estimates: HashMap<Millis, f64>,
    /// The next half hours, as of an instant.
    upcoming: (Millis, Vec<UpcomingSlot>),
}

impl<'a> Page<'a> {
    fn new(sim: &'a Sim, line: &'a Line, telling: Telling) -> Self {
        Self {
            sim,
            line,
            telling,
            past: Past::default(),
            outlook: Outlook {
                profile: WeekProfile::unknown(),
                foresight: None,
                hours: Vec::new(),
                halves: Vec::new(),
            },
            calibration: Calibration::default(),
            open: Vec::new(),
            estimates: HashMap::new(),
            upcoming: (0, Vec::new()),
        }
    }

    fn judge_at(&mut self, at_ms: Millis, estimate: Option<f64>) -> Ruling {
        let zone = &self.sim.centre.zone;
        let half_ms = at_ms - at_ms.rem_euclid(1_800_000);
        if self.upcoming.0 != half_ms {
            let later = expect_halves(&self.outlook, None, zone);
            let later = later.skip_while(|slot| slot.span.start_ms <= at_ms);
            self.upcoming = (half_ms, later.take(48).collect());
        }
        let live = estimate.map(|secs| {
            let (low, high) = self.calibration.range_secs(secs);
            MinutesRange::around(low, high)
        });
        let usual = self.outlook.expected(at_ms, zone).typical;
        let peak = self.outlook.profile.peak_contacts();
        let now = Situation::Open(live.or(usual));
        judge(now, self.line.good_wait_mins, &self.upcoming.1, peak)
    }

    fn tell(&self, ruling: &Ruling, at_ms: Millis) -> Option<Span> {
        let median = |slot: &UpcomingSlot| {
            let usual = self
                .outlook
                .expected(slot.span.start_ms, &self.sim.centre.zone);
            usual.median_mins.unwrap_or(f64::INFINITY)
        };
        match self.telling {
            Telling::Nothing => None,
            Telling::Drawn => {
                let weights: Vec<f64> = ruling.quiet.iter().map(|(_, weight)| *weight).collect();
                let tick = u64::try_from(at_ms / TICK_MS).unwrap();
                Some(ruling.quiet.get(draw(&weights, tick))?.0.span)
            }
            Telling::TheBest => {
                let quiet = ruling.quiet.iter().map(|(slot, _)| slot);
                let best = quiet.min_by(|a, b| median(a).total_cmp(&median(b)));
                best.map(|slot| slot.span)
            }
        }
    }
}

impl Adviser for Page<'_> {
    fn advise(&mut self, glance: &Glance, looks: bool) -> Option<Span> {
        let estimate = estimate_secs(&QueueView {
            waiting: glance.waiting,
            head_wait_ms: glance.head_wait_ms,
            last_answered_wait_ms: glance.last_answered_wait_ms,
            departures: glance.departures,
        });
        self.estimates
            .extend(estimate.map(|secs| (glance.at_ms, secs)));
        let begins_ms = day_start_ms(ADVISED, &self.sim.centre.zone);
        if !looks || self.telling == Telling::Nothing || glance.at_ms < begins_ms {
            return None;
        }
        let verdict = self.judge_at(glance.at_ms, estimate);
        // Only "busy, better at" sends anybody away.
        verdict.saves_mins?;
        self.tell(&verdict, glance.at_ms)
    }

    fn learn(&mut self, counted: DayCells, calls: &[Call]) {
        for call in calls {
            if let Some(estimate_secs) = self.estimates.remove(&call.joined_ms) {
                self.calibration.record(Pair {
                    estimate_secs,
                    wait_secs: secs(call.wait_ms),
                    censored: !call.answered,
                });
            }
        }
        self.estimates.clear();
        let next = counted.day.saturating_add(1.day());
        let intervals = counted.intervals.into_iter();
        let intervals = intervals.map(|(key, tally)| (key.interval, key.place, tally));
        self.past.take(&intervals.collect::<Vec<_>>());
        let zone = &self.sim.centre.zone;
        let open_within = |from: Date, to: Date| -> Vec<Span> {
            let halves = days(from, to).flat_map(|day| open_half_hours(self.line, day, zone));
            halves.collect()
        };
        self.open.extend(open_within(counted.day, next));
        self.outlook.halves = open_within(next, next.saturating_add(9.days()));
        if next.weekday() == Weekday::Monday {
            let history = History {
                past: &self.past,
                open: &self.open,
                covered: &|_| true,
                until_ms: day_start_ms(next, zone),
                recent_weeks: RECENT_WEEKS,
            };
            self.outlook.profile = build_profile(LINE, zone, &history);
        }
    }
}

/// What happened in one half hour of the week over all weeks, or in all of them.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    calls: u32,
    advised: u32,
    gave_up: u32,
    wait_secs: f64,
}

impl Sum {
    fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.advised += other.advised;
        self.gave_up += other.gave_up;
        self.wait_secs += other.wait_secs;
    }

    fn mean_secs(&self) -> f64 {
        self.wait_secs / f64::from(self.calls.max(1))
    }

    fn gave_up_share(&self) -> f64 {
        f64::from(self.gave_up) / f64::from(self.calls.max(1))
    }
}

/// How 26 weeks went.
#[derive(Debug)]
struct Outcome {
    /// By weekday and half hour.
    week: Vec<Sum>,
    all: Sum,
    /// Those who came when they were told to.
    followers: Sum,
}

impl Outcome {
    /// Calls of the busiest half hour of the week, in a mean week.
    fn peak(&self) -> f64 {
        let most = self.week.iter().map(|sum| sum.calls).max();
        f64::from(most.unwrap()) / WEEKS
    }

    /// The longest mean wait of a half hour of the week.
    fn longest_secs(&self) -> f64 {
        let waits = self.week.iter().filter(|sum| sum.calls >= SENT);
        waits.map(Sum::mean_secs).fold(0.0, f64::max)
    }

    /// The half hours of the week to which callers were sent and that became worse than the mean
    /// wait of all without advice. Some were worse before: those must not become worse still.
    fn worse_than(&self, without: &Self) -> Vec<String> {
        let average_secs = without.all.mean_secs();
        let slots = self.week.iter().zip(&without.week).enumerate();
        let worse = slots.filter(|(_, (sum, before))| {
            let limit_secs = average_secs.max(before.mean_secs());
            sum.advised >= SENT && sum.mean_secs() > limit_secs
        });
        let tell = |(at, (sum, before)): (usize, (&Sum, &Sum))| {
            let (weekday, half) = (at / HALVES, at % HALVES);
            let (then, now) = (before.mean_secs(), sum.mean_secs());
            format!("day {weekday}, half hour {half}: {then:.0} s before, {now:.0} s")
        };
        worse.map(tell).collect()
    }
}

fn live_through(telling: Telling, share: f64) -> Outcome {
    // The planted story of the demonstration lies years ahead.
    let sim = Sim::new(parse_centre(centre_toml()).unwrap(), 1, date(2030, 6, 10));
    let line = sim.centre.line(LINE).unwrap();
    let mut page = Page::new(&sim, line, telling);
    let mut herd = Herd::new(&sim, LINE, share).unwrap();
    let mut outcome = Outcome {
        week: vec![Sum::default(); 7 * HALVES],
        all: Sum::default(),
        followers: Sum::default(),
    };
    for day in days(FIRST, END) {
        let calls = herd.pass(day, &mut page);
        for call in calls.iter().filter(|_| day >= ADVISED) {
            let (weekday, half) = slot_index(call.joined_ms, &sim.centre.zone);
            let sum = Sum {
                calls: 1,
                advised: u32::from(call.advised),
                gave_up: u32::from(!call.answered),
                wait_secs: secs(call.wait_ms),
            };
            outcome.week[weekday * HALVES + half].add(&sum);
            outcome.all.add(&sum);
            if call.advised {
                outcome.followers.add(&sum);
            }
        }
    }
    eprintln!(
        "{telling:?} {share}: mean {:.0} s, followers {} with {:.0} s, gave up {:.3}, peak {:.1} \
         calls, longest {:.0} s",
        outcome.all.mean_secs(),
        outcome.followers.calls,
        outcome.followers.mean_secs(),
        outcome.all.gave_up_share(),
        outcome.peak(),
        outcome.longest_secs(),
    );
    outcome
}

#[expect(clippy::cast_precision_loss, reason = "waits are far below 2^52 ms")]
fn secs(ms: Millis) -> f64 {
    ms as f64 / 1_000.0
}

static WITHOUT: LazyLock<Outcome> = LazyLock::new(|| live_through(Telling::Nothing, 0.0));

#[rstest]
fn advice_that_many_follow_stays_good(#[values(0.2, 0.4, 0.6)] share: f64) {
    let with = live_through(Telling::Drawn, share);
    assert!(with.followers.calls > 1_000, "somebody was advised");
    assert_eq!(with.worse_than(&WITHOUT), Vec::<String>::new());
    assert!(with.followers.mean_secs() < WITHOUT.all.mean_secs());
    assert!(with.peak() <= WITHOUT.peak());
    assert!(with.longest_secs() <= WITHOUT.longest_secs());
    assert!(with.all.mean_secs() < WITHOUT.all.mean_secs());
    assert!(with.all.gave_up_share() < WITHOUT.all.gave_up_share());
}

/// The control: the same assertions fail where nothing is drawn.
#[test]
fn advice_that_sends_everybody_to_the_one_best_time_does_not() {
    let with = live_through(Telling::TheBest, 0.6);
    assert!(!with.worse_than(&WITHOUT).is_empty());
    assert!(with.followers.mean_secs() > WITHOUT.all.mean_secs());
}
