//! What the state learns, what it says of those who were told, and how good it is on real calls.

use super::*;
use crate::forecast::live_wait::{Callers, replay, stay};
use crate::forecast::minutes::MinutesRange;

fn told(minute: i64) -> Told {
    Told {
        at_ms: NOON_MS + minute * MINUTE_MS,
        range: MinutesRange::around(60.0, 180.0),
        expected_secs: 120.0,
    }
}

fn tell(state: &mut State, minute: i64) {
    state.note_told([("billing".to_owned(), told(minute))]);
}

#[test]
fn what_the_newest_frame_told_is_judged_when_the_wait_is_over() {
    let mut state = State::default();
    tell(&mut state, 0);
    take(
        &mut state,
        vec![offered(1, 0), offered(2, 0), offered(3, 1)],
    );
    tell(&mut state, 4);
    assert_eq!(state.take_outcomes(), []);
    let ends = vec![
        ended(1, 0, 2, Fact::Answered),
        ended(2, 0, 5, Fact::Abandoned),
        // It joined a minute after the frame, and was told nothing that we know of.
        ended(3, 1, 5, Fact::Answered),
        // It joined and left within one commit.
        ended(4, 4, 4, Fact::Answered),
    ];
    take(&mut state, ends.clone());
    take(&mut state, ends);
    let outcomes = state.take_outcomes();
    let found: Vec<_> = outcomes
        .iter()
        .map(|end| (end.told.at_ms, end.wait_secs, end.answered))
        .collect();
    let four_ms = NOON_MS + 4 * MINUTE_MS;
    let expected = [
        (NOON_MS, 120.0, true),
        (NOON_MS, 300.0, false),
        (four_ms, 0.0, true),
    ];
    for wanted in expected {
        assert!(found.contains(&wanted), "{wanted:?} in {found:?}");
    }
    assert_eq!(found.len(), 3, "told twice, judged once");
    assert_eq!(state.take_outcomes(), []);
}

#[test]
fn who_moved_to_another_line_or_was_withdrawn_judges_nothing() {
    let mut state = State::default();
    tell(&mut state, 0);
    take(&mut state, vec![offered(1, 0), offered(2, 0)]);
    let moved = [
        (0, Fact::Offered(place("billing"))),
        (1, Fact::Transferred(place("orders"))),
        (2, Fact::Answered),
    ];
    take(&mut state, vec![contact(1, &moved[..2])]);
    take(&mut state, vec![contact(1, &moved)]);
    take(&mut state, vec![ended(2, 0, 1, Fact::Withdrawn)]);
    assert_eq!(state.take_outcomes(), []);
}

/// Callers who each wait three minutes for a person.
fn steady(callers: u64) -> impl Iterator<Item = (ContactKey, Contact)> {
    let one = |number: u64| {
        let minute = i64::try_from(number).unwrap_or(0);
        ended(number, minute, minute + 3, Fact::Answered)
    };
    (0..callers).map(one)
}

#[test]
fn after_a_start_the_median_of_three_holds_until_the_learner_is_there() {
    let minute = 400;
    let now_ms = NOON_MS + minute * MINUTE_MS;
    let mut state = State::rebuild(steady(390), now_ms);
    let simple = billing_at(&state, minute);
    assert!(!state.follows_learner());
    // Nobody waits, the last one answered waited 180 s: the mean of 0 and 180.
    assert_eq!(simple.estimate_secs, Some(90.0));
    let stays: Vec<_> = steady(390)
        .filter_map(|(key, contact)| stay(key, &contact))
        .collect();
    state.follow_learner(replay(Callers::All, &stays, |_, _| None));
    let learned = billing_at(&state, minute);
    assert_eq!(learned.estimate_secs, Some(180.0));
    assert_eq!(learned.range_secs, Some((180.0, 180.0)));
    state.note_capacity("pbx", "billing", now_ms, 0);
    let unstaffed = billing_at(&state, minute);
    assert_eq!(
        (unstaffed.estimate_secs, unstaffed.range_secs),
        (None, None)
    );
}

/// What ranges were worth to callers who were answered.
#[derive(Default)]
struct Score {
    callers: f64,
    error_secs: f64,
    pinball: f64,
    below: f64,
    above: f64,
    rounded_inside: f64,
    /// Of those told that hardly anybody is answered at once.
    busy: (f64, f64),
}

#[test]
fn ranges_learned_from_real_calls_hold_eight_of_ten_waits_and_beat_the_simple_ones() {
    let path = std::path::Path::new("../shared/data/bank_calls_1999-08.csv.gz");
    let Ok(file) = std::fs::File::open(path) else {
        println!("skipped: {} is not here", path.display());
        return;
    };
    let (past, days): (Vec<_>, Vec<_>) = real_moves(file).into_iter().partition(|m| m.0 < 22);
    let past: HashMap<_, _> = past
        .into_iter()
        .map(|(_, key, contact)| (key, contact))
        .collect();
    let stays: Vec<_> = past
        .iter()
        .filter_map(|(key, contact)| stay(*key, contact))
        .collect();
    let start_ms = days
        .iter()
        .filter_map(|m| m.2.start())
        .map(|start| start.0)
        .min();
    let mut simple = State::rebuild(past.into_iter(), start_ms.unwrap_or(0));
    let mut learned = simple.clone();
    learned.follow_learner(replay(Callers::All, &stays, |_, _| None));
    let mut scores = [Score::default(), Score::default()];
    let mut given: HashMap<ContactKey, [LineFigures; 2]> = HashMap::new();
    let mut forgot_ms = 0;
    for (_, key, contact) in days {
        let Some(standing) = standing(&contact) else {
            continue;
        };
        let at_ms = standing.left.map_or(standing.since_ms, |left| left.at_ms);
        // One caller in four is asked, and some judge: to search for all takes long unoptimised.
        if at_ms > forgot_ms + 30 * MINUTE_MS {
            simple.forget(at_ms);
            learned.forget(at_ms);
            forgot_ms = at_ms;
        }
        if standing.left.is_none() && key.0[7] % 4 == 0 {
            let told = [&simple, &learned].map(|state| state.figures(&standing.line, at_ms));
            given.insert(key, told);
        }
        if let Some(left) = standing.left.filter(|left| left.answered)
            && let Some(told) = given.remove(&key)
        {
            for (score, told) in scores.iter_mut().zip(told) {
                score.add(&told, wait_secs(&standing, left));
            }
        }
        take(&mut simple, vec![(key, contact.clone())]);
        take(&mut learned, vec![(key, contact)]);
    }
    let [simple, learned] = scores;
    println!(
        "median of three: {}\nlearned: {}",
        simple.tell(),
        learned.tell()
    );
    assert!(learned.callers > 2_000.0, "{}", learned.callers);
    // More than half of all are answered at once: nobody can wait less, so that only the upper
    // tenth is missed. Where hardly anybody is, both are.
    assert!((0.07..=0.13).contains(&(learned.above / learned.callers)));
    assert!((0.75..=0.85).contains(&(learned.busy.1 / learned.busy.0)));
    assert!(learned.error_secs < simple.error_secs);
    assert!(learned.pinball < 0.9 * simple.pinball);
}

impl Score {
    #[expect(clippy::cast_precision_loss, reason = "steps are at most 60")]
    fn add(&mut self, told: &LineFigures, wait_secs: f64) {
        let Some((estimate_secs, (low, high))) = told.estimate_secs.zip(told.range_secs) else {
            return;
        };
        let count = |is_so: bool| f64::from(u8::from(is_so));
        self.callers += 1.0;
        self.error_secs += (estimate_secs - wait_secs).abs();
        let pinball = |share: f64, end: f64| {
            (share * (wait_secs - end)).max((share - 1.0) * (wait_secs - end))
        };
        self.pinball += pinball(0.1, low) + pinball(0.9, high);
        self.below += count(wait_secs < low);
        self.above += count(wait_secs > high);
        if low > 0.0 {
            self.busy.0 += 1.0;
            self.busy.1 += count(low <= wait_secs && wait_secs <= high);
        }
        let rounded = MinutesRange::around(low, high);
        let low_secs = rounded.low_mins as f64 * 60.0;
        let high_secs = rounded
            .high_mins
            .map_or(f64::INFINITY, |mins| mins as f64 * 60.0);
        self.rounded_inside += count(low_secs <= wait_secs && wait_secs <= high_secs);
    }

    fn tell(&self) -> String {
        let share = |part: f64| 100.0 * part / self.callers;
        format!(
            "{} answered, error {:.1} s, pinball {:.2} s, below {:.1} %, above {:.1} %, \
             rounded range holds {:.1} %; of {} with a lower end it holds {:.1} %",
            self.callers,
            self.error_secs / self.callers,
            self.pinball / self.callers / 2.0,
            share(self.below),
            share(self.above),
            share(self.rounded_inside),
            self.busy.0,
            100.0 * self.busy.1 / self.busy.0,
        )
    }
}

/// Day of the month, key and state after each offer, answer and hang-up of real calls, in time.
fn real_moves(file: std::fs::File) -> Vec<(i8, ContactKey, Contact)> {
    let mut rows = csv::Reader::from_reader(flate2::read::GzDecoder::new(file));
    let mut moves = Vec::new();
    for (number, row) in rows.records().enumerate() {
        let row = row.expect("a row");
        let instant = |field: &str| {
            let civil: jiff::civil::DateTime = field.parse().expect("a civil time");
            let zoned = civil
                .to_zoned(jiff::tz::TimeZone::UTC)
                .expect("UTC has all times");
            zoned.timestamp().as_millisecond()
        };
        let start = if row[6].is_empty() { &row[10] } else { &row[6] };
        if start.is_empty() || &row[9] == "PHANTOM" {
            continue;
        }
        let offered_ms = instant(start);
        let wait_ms = row[8].parse().unwrap_or(0_i64) * 1_000;
        let end = if &row[9] == "AGENT" {
            Fact::Answered
        } else {
            Fact::Abandoned
        };
        let number = u64::try_from(number).expect("few rows");
        let mut state = Contact::default();
        let facts = [
            (offered_ms, Fact::Offered(place(&row[4]))),
            (offered_ms + wait_ms, end),
        ];
        for (index, (at_ms, fact)) in facts.into_iter().enumerate() {
            let event = EventId {
                id: index.to_string(),
                source: "pbx".into(),
            };
            let revision = 0;
            state.merge(ContactEvent {
                contact: key(number),
                event,
                at_ms,
                revision,
                fact,
            });
            let day = start[8..10].parse().expect("a day");
            moves.push((at_ms, number, day, state.clone()));
        }
    }
    moves.sort_by_key(|(at_ms, number, ..)| (*at_ms, *number));
    moves
        .into_iter()
        .map(|(_, number, day, state)| (day, key(number), state))
        .collect()
}
