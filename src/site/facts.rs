//! What else is known of a line now: who waits, who answers, today so far.

use super::instant_ms;
use crate::live::frame::{LineNow, LineState, Today};
use crate::words::{Clock, Words};

/// Label and value of what is known beside the verdict.
#[must_use]
pub fn facts(line: &LineNow, words: &'static Words) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if matches!(line.state, LineState::Closed | LineState::NoData) {
        return facts;
    }
    match (line.waiting, line.waiting_below) {
        (Some(waiting), _) => facts.push((words.waiting_now, words.count(waiting))),
        (None, Some(below)) if line.state == LineState::Open => {
            facts.push((
                words.waiting_now,
                format!("{} {below}", words.waiting_fewer),
            ));
        }
        _ => {}
    }
    if let Some(secs) = line.longest_wait_secs {
        let mins = (secs + 59) / 60;
        facts.push((
            words.longest_wait,
            format!("{mins}\u{a0}{}", words.minutes_short),
        ));
    }
    if let Some(answered) = line.answered_last_half_hour {
        facts.push((words.answered_half_hour, words.count(answered)));
    }
    // "At least 0" says nothing.
    if let Some(staffed) = line.staffed_at_least.filter(|staffed| *staffed > 0) {
        facts.push((words.staffed, words.count(staffed)));
    }
    facts
}

/// The label of today so far, and each count with its word.
#[must_use]
pub fn today(today: &Today, clock: Clock<'_>) -> Option<(String, Vec<(String, &'static str)>)> {
    let words = clock.words;
    let until_ms = today.until.as_deref().and_then(instant_ms)?;
    let counts: Vec<_> = [
        (today.attempts, words.attempts_word),
        (today.answered, words.answered_word),
        (today.abandoned, words.abandoned_word),
    ]
    .into_iter()
    .filter_map(|(count, word)| Some((words.count(count?), word)))
    .collect();
    let until = format!(
        "{}, {} {}",
        words.today_so_far,
        words.until,
        clock.time(until_ms)
    );
    (!counts.is_empty()).then_some((until, counts))
}
