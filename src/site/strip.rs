//! Today's strip: one bar per half hour, as coordinates for the template's picture and rows for its table.

use crate::domain::event::Millis;
use crate::live::frame::{StripSlot, StripTime};
use crate::words::Clock;

use super::instant_ms;

/// The picture's size in its own units; the page scales it.
const WIDTH: f64 = 340.0;
const TOP: f64 = 24.0;
const BASE: f64 = 88.0;
const LEFT: f64 = 3.0;
/// The scale of minutes stands to the right of it.
const RIGHT: f64 = WIDTH - 38.0;

/// Upper ends that the scale of minutes may have.
const SCALES: [f64; 10] = [4.0, 6.0, 10.0, 16.0, 20.0, 30.0, 40.0, 60.0, 90.0, 120.0];

/// Today's strip, ready for the template.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each line of the legend"
)]
pub struct Strip {
    /// One for each half hour with something to draw.
    pub bars: Vec<Bar>,
    /// Lines of the scale: y, text.
    pub grid: Vec<(String, String)>,
    /// Hours below: x, text.
    pub hours: Vec<(String, String)>,
    /// Where now is.
    pub now_x: Option<String>,
    /// Where the recommended time is, its label's x, its anchor and its text.
    pub better: Option<Flag>,
    /// Some half hours had too few calls.
    pub has_few: bool,
    /// Some half hours have no data.
    pub has_missing: bool,
    /// Of half hours to come nothing is known yet: they stay empty, and the legend says why.
    pub has_blank: bool,
    /// Some half hours are still to come.
    pub has_expected: bool,
    /// The same as a table.
    pub rows: Vec<Row>,
}

/// A bar, or the sign in place of one.
#[derive(Debug)]
pub struct Bar {
    /// Left edge.
    pub x: String,
    /// Upper edge.
    pub y: String,
    /// Width.
    pub width: String,
    /// Height.
    pub height: String,
    /// Middle, for signs.
    pub middle: String,
    /// `past`, `now`, `expected`, `few`, `missing`.
    pub kind: &'static str,
}

/// The label of the recommended time.
#[derive(Debug)]
pub struct Flag {
    /// Middle of the half hour.
    pub x: String,
    /// Where the text is anchored.
    pub text_x: String,
    /// `start`, `middle` or `end`.
    pub anchor: &'static str,
    /// The time.
    pub text: String,
}

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// Start of the half hour.
    pub time: String,
    /// Typical wait, or why there is none.
    pub wait: String,
    /// Expected range.
    pub range: String,
    /// Measured, now or expected.
    pub kind: &'static str,
}

/// Draws the strip; `better_ms` is the start of the recommended half hour, if it is today.
#[must_use]
pub fn draw(slots: &[StripSlot], better_ms: Option<Millis>, clock: Clock<'_>) -> Strip {
    if slots.is_empty() {
        return Strip::default();
    }
    let highest = slots
        .iter()
        .filter_map(|slot| slot.wait_mins)
        .fold(0.0, f64::max);
    let scale = SCALES
        .into_iter()
        .find(|scale| highest <= *scale)
        .unwrap_or(180.0);
    #[expect(clippy::cast_precision_loss, reason = "a day has at most 100 slots")]
    let step = (RIGHT - LEFT) / slots.len() as f64;
    let height = |mins: f64| (mins.min(scale) / scale * (BASE - TOP)).max(2.0);
    let mut strip = Strip::default();
    for half in [1.0, 0.5] {
        let text = format!(
            "{}\u{a0}{}",
            clock.words.number(scale * half, 0),
            clock.words.minutes_short
        );
        strip
            .grid
            .push((coordinate(BASE - height(scale * half)), text));
    }
    let mut left = LEFT;
    let mut last_label = f64::MIN;
    for slot in slots {
        let middle = left + step / 2.0;
        let start_ms = instant_ms(&slot.start);
        if let Some(start_ms) = start_ms
            && let Some(label) = hour_label(start_ms, clock)
            && left - last_label >= 38.0
        {
            last_label = left;
            strip.hours.push((coordinate(left), label));
        }
        if slot.when == StripTime::Now {
            strip.now_x = Some(coordinate(middle));
        }
        if better_ms.is_some() && start_ms == better_ms && slot.when == StripTime::Expected {
            strip.better = better_ms.map(|at_ms| flag(middle, clock.time(at_ms)));
        }
        let kind = kind(slot);
        strip.explain(kind);
        let tall = slot.wait_mins.map_or(0.0, height);
        strip.bars.push(Bar {
            x: coordinate(left + step * 0.1),
            y: coordinate(BASE - tall),
            width: coordinate(step * 0.8),
            height: coordinate(tall),
            middle: coordinate(middle),
            kind,
        });
        strip.rows.push(row(slot, start_ms, clock));
        left += step;
    }
    strip
}

impl Strip {
    /// Puts a kind of bar into the legend.
    fn explain(&mut self, kind: &str) {
        self.has_few |= kind == "few";
        self.has_missing |= kind == "missing";
        self.has_blank |= kind == "blank";
        self.has_expected |= kind == "expected";
    }
}

fn kind(slot: &StripSlot) -> &'static str {
    match (slot.wait_mins, slot.when, slot.mark.as_deref()) {
        (Some(_), StripTime::Past, _) => "past",
        (Some(_), StripTime::Now, _) => "now",
        (Some(_), StripTime::Expected, _) => "expected",
        (None, StripTime::Past, Some("c")) => "few",
        (None, StripTime::Now | StripTime::Expected, _) => "blank",
        (None, _, _) => "missing",
    }
}

fn row(slot: &StripSlot, start_ms: Option<Millis>, clock: Clock<'_>) -> Row {
    let words = clock.words;
    let wait = match (slot.wait_mins, kind(slot)) {
        // Rounded up: a wait may be shorter than announced, but should not be longer.
        (Some(mins), _) => format!(
            "{}\u{a0}{}",
            words.number(mins.ceil(), 0),
            words.minutes_short
        ),
        (None, "few") => words.few_calls.to_owned(),
        (None, "blank") => words.not_yet.to_owned(),
        (None, _) => words.no_data.to_owned(),
    };
    Row {
        time: start_ms.map_or_else(String::new, |at_ms| clock.time(at_ms)),
        wait,
        range: slot.expected.map_or_else(
            || words.no_value.to_owned(),
            |range| words.minutes_range(range),
        ),
        kind: words.strip_time(slot.when),
    }
}

fn hour_label(start_ms: Millis, clock: Clock<'_>) -> Option<String> {
    let time = crate::domain::period::civil(start_ms, clock.zone).time();
    (time.minute() == 0).then(|| clock.words.short_time(time))
}

fn flag(middle: f64, text: String) -> Flag {
    let (anchor, text_x) = if middle < 30.0 {
        ("start", LEFT)
    } else if middle > RIGHT - 10.0 {
        ("end", RIGHT)
    } else {
        ("middle", middle)
    };
    Flag {
        x: coordinate(middle),
        text_x: coordinate(text_x),
        anchor,
        text,
    }
}

fn coordinate(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::EN;
    use jiff::tz::TimeZone;

    fn slot(start: &str, when: StripTime, wait_mins: Option<f64>, mark: Option<&str>) -> StripSlot {
        StripSlot {
            start: start.into(),
            when,
            wait_mins,
            expected: None,
            mark: mark.map(str::to_owned),
        }
    }

    fn clock() -> Clock<'static> {
        Clock {
            words: &EN,
            zone: const { &TimeZone::UTC },
        }
    }

    #[test]
    fn missing_and_few_are_not_drawn_as_zero() {
        let slots = [
            slot("2026-11-20T08:00:00Z", StripTime::Past, Some(0.0), None),
            slot("2026-11-20T08:30:00Z", StripTime::Past, None, Some("c")),
            slot("2026-11-20T09:00:00Z", StripTime::Past, None, Some("x")),
            slot(
                "2026-11-20T09:30:00Z",
                StripTime::Expected,
                Some(12.2),
                None,
            ),
            slot("2026-11-20T10:00:00Z", StripTime::Expected, None, Some("x")),
        ];
        let strip = draw(&slots, instant_ms("2026-11-20T09:30:00Z"), clock());
        let kinds: Vec<_> = strip.bars.iter().map(|bar| bar.kind).collect();
        assert_eq!(kinds, ["past", "few", "missing", "expected", "blank"]);
        assert_eq!(
            strip.bars[0].height, "2",
            "a measured zero is a sliver, not nothing"
        );
        assert_eq!(strip.rows[1].wait, "few calls");
        assert_eq!(strip.rows[3].wait, "13\u{a0}min", "waits are rounded up");
        assert_eq!(strip.better.expect("a flag").text, "9:30");
        assert_eq!(strip.grid[0].1, "16\u{a0}min");
    }

    #[test]
    fn hours_are_labelled_without_touching() {
        let slots: Vec<_> = (0..48)
            .map(|half| {
                let start = format!("2026-11-20T{:02}:{:02}:00Z", half / 2, half % 2 * 30);
                slot(&start, StripTime::Past, Some(1.0), None)
            })
            .collect();
        let strip = draw(&slots, None, clock());
        let xs: Vec<f64> = strip
            .hours
            .iter()
            .map(|(x, _)| x.parse().expect("a number"))
            .collect();
        assert!(xs.windows(2).all(|pair| pair[1] - pair[0] >= 38.0));
        assert!(xs.len() >= 4);
    }

    #[test]
    fn a_day_without_opening_has_no_strip() {
        assert!(draw(&[], None, clock()).bars.is_empty());
    }
}
