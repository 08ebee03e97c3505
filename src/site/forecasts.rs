//! What is expected, and how good that was before: the forecast API, the report card of `/method`,
//! and the words of trust under a verdict.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::Site;
use super::api::{A_MINUTE, tagged};
use super::error::Error;
use super::page::Visitor;
use crate::domain::card::{
    Advised, Foresight, Foretold, IssuedSlot, MISS_BOUNDS, RANGE_SHARE, Score, Sums,
};
use crate::domain::event::Millis;
use crate::domain::period::timestamp;
use crate::words::{CardWords, Lang, Words};

/// Half an hour.
const SLOT_MS: Millis = 30 * 60 * 1_000;

/// Scores of fewer cases say nothing.
const FEWEST_CASES: f64 = 30.0;

/// The report card as `/method` shows it.
pub struct Card {
    /// Scores of waits, and of contacts; those without rows are left out.
    pub tables: Vec<Table>,
    /// How the advice to call later turned out, by line; empty if it was hardly ever given.
    pub advice: Vec<AdviceRow>,
    /// Who made the forecast of each line: its name, how, and from how much.
    pub makers: Vec<(String, String, String)>,
}

/// Scores of one kind of forecast.
pub struct Table {
    /// What was forecast.
    pub caption: &'static str,
    /// What a case is.
    pub cases: &'static str,
    /// By line and when it was told.
    pub rows: Vec<Row>,
}

/// A line of the report card.
pub struct Row {
    /// The line's public name.
    pub line: String,
    /// When it was told.
    pub told: &'static str,
    /// How many cases, roughly.
    pub cases: String,
    /// How often the range was right.
    pub within: String,
    /// The median of the error.
    pub median_miss: String,
    /// Mean pinball loss of the range's ends.
    pub pinball: String,
    /// Against "as last week".
    pub last_week: String,
    /// Against "as in the last four weeks".
    pub last_four: String,
}

/// How advice turned out on one line.
pub struct AdviceRow {
    /// The line's public name.
    pub line: String,
    /// The share of callers who were told to call later.
    pub told: String,
    /// What each of them would have saved.
    pub saved: String,
    /// How many of them would have waited longer.
    pub worse: String,
    /// The share of the saving that was possible.
    pub captured: String,
    /// The same for the quiet hours of the clock.
    pub rule: String,
    /// What the rule says, where it was better.
    pub better: Option<String>,
}

/// `/api/v1/forecast`: the half hours of the next two weeks.
pub async fn forecast(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Error> {
    visitor.has_only(&["line"])?;
    let line = site.line_or_first(visitor.parameter("line").as_deref())?;
    let foresight = site.figures().foresight(&line.id);
    let foresight = foresight.ok_or(Error::NotReady)?;
    let rest = site.figures().rest_of_today(&line.id).await?;
    let rest: HashMap<Millis, Foretold> = rest.into_iter().collect();
    let body = forecast_json(&foresight, &rest, &site.centre().zone_name).to_string();
    Ok(tagged(body, "application/json", A_MINUTE, &headers))
}

/// `/api/v1/forecast/score`: how good forecasts of the last four weeks were.
pub async fn score(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Error> {
    visitor.has_only(&["line"])?;
    let asked = visitor.parameter("line");
    if let Some(line) = &asked {
        site.line(line)?;
    }
    let lines = site.centre().lines.iter();
    let lines = lines.filter(|line| asked.as_ref().is_none_or(|asked| *asked == line.id));
    let scores = lines.filter_map(|line| {
        let foresight = site.figures().foresight(&line.id)?;
        Some(json!({
            "line": line.id,
            "model": foresight.issued.model,
            "when_calling": score_json(&foresight.shown),
            "on_the_day": score_json(&foresight.record),
            "six_days_before": score_json(&foresight.ahead),
            "advice": advice_json(&foresight.record.advice),
            "quiet_hours_rule": advice_json(&foresight.record.rule),
            "quiet_hours": quiet_hours(&foresight.issued.quiet_halves),
            "quiet_hours_rule_is_better": foresight.is_rule_better(),
        }))
    });
    let body = json!({
        "days": 28,
        "range_share": RANGE_SHARE,
        "lines": scores.collect::<Vec<_>>(),
    });
    Ok(tagged(
        body.to_string(),
        "application/json",
        A_MINUTE,
        &headers,
    ))
}

fn forecast_json(foresight: &Foresight, rest: &HashMap<Millis, Foretold>, zone: &str) -> Value {
    let issued = &foresight.issued;
    let range = |told: Option<Foretold>| {
        let rounded = told.map(<(f64, f64, f64)>::from);
        rounded.map(|(expected, low, high)| json!({"expected": expected, "low": low, "high": high}))
    };
    let slot = |slot: &IssuedSlot| {
        json!({
            "start": timestamp(slot.start_ms).to_string(),
            "end": timestamp(slot.start_ms + SLOT_MS).to_string(),
            "contacts": range(slot.contacts),
            "contacts_after_today_so_far": range(rest.get(&slot.start_ms).copied()),
            "wait_secs": range(slot.wait_secs),
        })
    };
    json!({
        "line": issued.line,
        "zone": zone,
        "issued_at": timestamp(issued.issued_ms).to_string(),
        "model": issued.model,
        "weeks_of_history": issued.weeks,
        "too_little_history": issued.is_guess,
        "range_share": RANGE_SHARE,
        "slots": issued.slots.iter().map(slot).collect::<Vec<_>>(),
    })
}

fn score_json(score: &Score) -> Value {
    json!({"contacts": sums_json(&score.contacts), "waits_secs": sums_json(&score.waits)})
}

fn sums_json(sums: &Sums) -> Value {
    if sums.n < FEWEST_CASES {
        return Value::Null;
    }
    json!({
        "cases_about": roughly(sums.n),
        "coverage": thousandths(sums.coverage()),
        "median_error": thousandths(sums.median_miss()),
        "mean_error": thousandths(sums.mean_miss()),
        "weighted_percentage_error": thousandths(sums.percentage_error()),
        "pinball": thousandths(sums.mean_pinball()),
        "skill_against_last_week": thousandths(sums.skill_against_last_week()),
        "skill_against_last_four_weeks": thousandths(sums.skill_against_last_four()),
    })
}

fn advice_json(advised: &Advised) -> Value {
    if advised.advised < FEWEST_CASES {
        return Value::Null;
    }
    json!({
        "advised_about": roughly(advised.advised),
        "advised_share": thousandths(advised.advised_share()),
        "mean_saving_secs": advised.mean_saving_secs().map(f64::round),
        "longer_by_over_15_secs_share": thousandths(advised.worse_share()),
        "share_of_possible_saving": thousandths(advised.captured()),
    })
}

fn thousandths(value: Option<f64>) -> Option<f64> {
    value.map(|value| (value * 1_000.0).round() / 1_000.0)
}

/// Two digits of a number, cut: two sums of four weeks that overlap must not tell a day's calls.
#[expect(clippy::cast_possible_truncation, reason = "calls of four weeks")]
fn roughly(number: f64) -> i64 {
    let power = 10_f64.powf((number.max(1.0).log10().floor() - 1.0).max(0.0));
    ((number / power).floor() * power) as i64
}

/// "our ranges were right 8 times out of 10 in the last four weeks".
#[must_use]
pub fn trust(lang: Lang, share: f64) -> String {
    let times = (share * 10.0).round().clamp(0.0, 10.0);
    match lang {
        Lang::En => {
            format!("our ranges were right {times:.0} times out of 10 in the last four weeks")
        }
        Lang::Fr => {
            format!(
                "nos intervalles étaient justes {times:.0} fois sur 10 ces quatre dernières semaines"
            )
        }
    }
}

/// The report card of all lines.
#[must_use]
pub fn card(site: &Site, words: &'static Words) -> Card {
    let (mut waits, mut contacts, mut makers) = (Vec::new(), Vec::new(), Vec::new());
    let mut advice = Vec::new();
    for line in &site.centre().lines {
        let Some(foresight) = site.figures().foresight(&line.id) else {
            continue;
        };
        let name = line.name.in_language(words.lang.code());
        let told = [
            (words.card.told_when_calling, &foresight.shown),
            (words.card.told_that_day, &foresight.record),
            (words.card.told_week_ahead, &foresight.ahead),
        ];
        for (told, score) in told {
            waits.extend(row(words, name, told, &score.waits, true));
            contacts.extend(row(words, name, told, &score.contacts, false));
        }
        advice.extend(advice_row(words, name, &foresight));
        if !foresight.issued.slots.is_empty() {
            makers.push(maker(&foresight, name, words));
        }
    }
    let table = |caption, cases, rows| Table {
        caption,
        cases,
        rows,
    };
    let mut tables = vec![
        table(words.card.waits, words.card.calls, waits),
        table(words.card.contacts, words.card.half_hours, contacts),
    ];
    tables.retain(|table| !table.rows.is_empty());
    Card {
        tables,
        advice,
        makers,
    }
}

fn maker(foresight: &Foresight, name: &str, words: &Words) -> (String, String, String) {
    let issued = &foresight.issued;
    let weeks = i64::try_from(issued.weeks).unwrap_or(i64::MAX);
    let mut from = format!("{} {}", words.count(weeks), words.card.weeks_of_history);
    if issued.is_guess {
        from = format!("{from} ({})", words.card.too_little);
    } else if issued.is_simpler {
        from = format!("{from}. {}", words.card.simpler_is_better);
    }
    (name.to_owned(), issued.model.clone(), from)
}

fn row(
    words: &'static Words,
    line: &str,
    told: &'static str,
    sums: &Sums,
    is_wait: bool,
) -> Option<Row> {
    let none = || "–".to_owned();
    let amount = |value: f64| {
        if is_wait {
            duration(words, value)
        } else {
            words.number(value, 1)
        }
    };
    let last = MISS_BOUNDS[MISS_BOUNDS.len() - 1];
    let is_enough = sums.n >= FEWEST_CASES;
    is_enough.then(|| Row {
        line: line.to_owned(),
        told,
        cases: words.count(roughly(sums.n)),
        within: sums
            .coverage()
            .map_or_else(none, |share| percent(words, share)),
        median_miss: sums
            .median_miss()
            .map_or_else(|| format!("> {}", amount(last)), amount),
        pinball: sums.mean_pinball().map_or_else(none, amount),
        last_week: against(words, sums.skill_against_last_week()),
        last_four: against(words, sums.skill_against_last_four()),
    })
}

fn advice_row(words: &'static Words, line: &str, foresight: &Foresight) -> Option<AdviceRow> {
    let Score { advice, rule, .. } = &foresight.record;
    if advice.advised.max(rule.advised) < FEWEST_CASES {
        return None;
    }
    let none = || "–".to_owned();
    let share = |value: Option<f64>| value.map_or_else(none, |value| percent(words, value));
    let saved = advice.mean_saving_secs();
    Some(AdviceRow {
        line: line.to_owned(),
        told: share(advice.advised_share()),
        saved: saved.map_or_else(none, |secs| duration(words, secs)),
        worse: share(advice.worse_share()),
        captured: share(advice.captured()),
        rule: share(rule.captured()),
        better: foresight.is_rule_better().then(|| {
            let hours = quiet_hours(&foresight.issued.quiet_halves);
            format!("{} {}", words.card.rule_is_better, hours.join(", "))
        }),
    })
}

/// Half hours of the clock, in order, as stretches: "7:30–8:30".
fn quiet_hours(halves: &[usize]) -> Vec<String> {
    let clock = |half: usize| format!("{}:{:02}", half / 2 % 24, half % 2 * 30);
    let stretches = halves.chunk_by(|one, next| one + 1 == *next);
    let text = |stretch: &[usize]| {
        let (first, last) = (stretch.first()?, stretch.last()?);
        Some(format!("{}–{}", clock(*first), clock(last + 1)))
    };
    stretches.filter_map(text).collect()
}

/// Seconds below a minute, else minutes.
fn duration(words: &Words, secs: f64) -> String {
    if secs < 60.0 {
        words.with_unit(&words.number(secs, 0), words.unit_seconds)
    } else {
        words.with_unit(&words.number(secs / 60.0, 1), words.minutes_short)
    }
}

fn percent(words: &Words, share: f64) -> String {
    words.with_unit(&words.number(share * 100.0, 0), words.unit_percent)
}

/// "12% better".
fn against(words: &Words, skill: Option<f64>) -> String {
    let CardWords { better, worse, .. } = words.card;
    skill.map_or_else(
        || "–".to_owned(),
        |skill| {
            let word = if skill < 0.0 { worse } else { better };
            format!("{} {word}", percent(words, skill.abs()))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::card::Issued;
    use crate::words::{EN, FR};

    #[test]
    fn numbers_of_calls_are_told_by_two_digits() {
        assert_eq!(
            [31.0, 99.9, 1_289.0, 45_999.0].map(roughly),
            [31, 99, 1_200, 45_000]
        );
    }

    #[test]
    fn skill_is_said_in_words() {
        assert_eq!(against(&EN, Some(0.123)), "12% better");
        assert_eq!(against(&FR, Some(-0.5)), "50\u{a0}% de moins bien");
        assert_eq!(against(&EN, None), "–");
        assert!(trust(Lang::En, 0.83).contains("8 times out of 10"));
    }

    #[test]
    fn advice_is_told_with_those_whom_it_cost_time_and_the_rule_that_would_have_been_better() {
        let mut foresight = Foresight {
            issued: Issued {
                line: "billing".to_owned(),
                day: jiff::civil::date(2026, 11, 20),
                issued_ms: 0,
                model: "m-1".to_owned(),
                weeks: 8,
                is_guess: false,
                is_simpler: false,
                quiet_halves: vec![15, 16],
                pace: None,
                carry: crate::domain::card::Carry::default(),
                slots: Vec::new(),
            },
            record: Score::default(),
            ahead: Score::default(),
            shown: Score::default(),
        };
        assert!(advice_row(&EN, "Billing", &foresight).is_none());
        assert_eq!(advice_json(&foresight.record.advice), Value::Null);
        foresight.record.advice = Advised {
            callers: 1_000.0,
            possible_secs: 90_000.0,
            saved_secs: -9_000.0,
            advised: 300.0,
            worse: 12.0,
        };
        foresight.record.rule = Advised {
            saved_secs: 63_000.0,
            ..foresight.record.advice
        };
        let row = advice_row(&EN, "Billing", &foresight).expect("enough");
        assert_eq!((row.told.as_str(), row.worse.as_str()), ("30%", "4%"));
        assert_eq!((row.captured.as_str(), row.rule.as_str()), ("−10%", "70%"));
        assert!(row.better.expect("better").ends_with(" 7:30–8:30"));
        let told = advice_json(&foresight.record.advice);
        assert_eq!(
            (&told["mean_saving_secs"], &told["advised_about"]),
            (&json!(-30.0), &json!(300))
        );
    }

    #[test]
    fn too_few_cases_have_no_row_and_no_score() {
        let mut sums = Sums::default();
        for _ in 0..29 {
            sums.record(1.0, 60.0, Foretold::from((90.0, 30.0, 120.0)), None);
        }
        assert!(row(&EN, "Billing", "", &sums, true).is_none());
        assert_eq!(sums_json(&sums), Value::Null);
        sums.record(1.0, 60.0, Foretold::from((90.0, 30.0, 120.0)), None);
        let row = row(&EN, "Billing", "", &sums, true).expect("enough");
        assert_eq!((row.cases.as_str(), row.within.as_str()), ("30", "100%"));
        assert_eq!(sums_json(&sums)["coverage"], 1.0);
    }
}
