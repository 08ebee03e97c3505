//! What settings were ever seen, so that a later edit of the description cannot alter the past.
//!
//! What lines promise and what complaints may be about is kept with the day from which it holds.
//! What holds from a day that has begun stays as it was seen; what is to hold later may still be
//! changed or taken back. A new change begins tomorrow at the earliest: today's calls came under
//! what held this morning. Where nothing was seen of a line, all that is written of it is believed.

use std::collections::BTreeMap;
use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::centre::{Centre, FormerLine, ServiceChange, ServiceLevel, Text};

/// What a setting is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// What the line of this id promises.
    Line(String),
    /// The cause of complaints of this id.
    Cause(String),
}

/// What was set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// What a line promises, and why it was changed.
    Service(ServiceLevel, Text),
    /// On the list.
    Listed,
    /// No complaint is opened for it from this day on.
    Retired,
    /// Taken back before it held.
    TakenBack,
}

/// A setting as it was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What it is about.
    pub subject: Subject,
    /// The local day from which it holds; none for what holds from the beginning.
    pub valid_from: Option<Date>,
    /// What was set.
    pub setting: Setting,
}

/// A description that would alter the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// What is wrong, with the place of the setting.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.remedy)
    }
}

/// What comes of comparing a description with what was seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreed {
    /// To be added to what was seen.
    pub new: Vec<Seen>,
    /// Lines that were seen and are no more.
    pub former_lines: Vec<FormerLine>,
}

type History = BTreeMap<Option<Date>, Setting>;

/// Compares a description with everything that was seen, the earliest first.
///
/// # Errors
/// Everything in the description that would alter the past.
pub fn agree(centre: &Centre, seen: &[Seen], today: Date) -> Result<Agreed, Vec<Contradiction>> {
    let mut known: BTreeMap<&Subject, History> = BTreeMap::new();
    for one in seen {
        let history = known.entry(&one.subject).or_default();
        history.insert(one.valid_from, one.setting.clone());
    }
    for history in known.values_mut() {
        history.retain(|_, setting| *setting != Setting::TakenBack);
    }
    let written = written(centre);
    let mut agreed = Agreed::default();
    let mut wrong = Vec::new();
    for (subject, now) in &written {
        match known.get(subject) {
            None => agreed.new.extend(now.iter().map(|(day, setting)| Seen {
                subject: subject.clone(),
                valid_from: *day,
                setting: setting.clone(),
            })),
            Some(before) => compare(subject, (before, now), today, (&mut agreed.new, &mut wrong)),
        }
    }
    for (subject, history) in &known {
        match subject {
            Subject::Line(id) if !written.contains_key(subject) => {
                agreed.former_lines.extend(former_line(id, history));
            }
            Subject::Cause(id) if !written.contains_key(subject) => {
                let tomorrow = today.saturating_add(1.day());
                wrong.push(Contradiction {
                    message: format!(
                        "causes: \"{id}\" is missing; complaints may have been opened for it"
                    ),
                    remedy: format!(
                        "write [[causes]] with id = \"{id}\" and its name again, and \
                         retired = {tomorrow} if it is given up"
                    ),
                });
            }
            _ => {}
        }
    }
    if wrong.is_empty() {
        Ok(agreed)
    } else {
        Err(wrong)
    }
}

/// Everything that is written, by subject and day.
fn written(centre: &Centre) -> BTreeMap<Subject, History> {
    let mut written: BTreeMap<Subject, History> = BTreeMap::new();
    for line in &centre.lines {
        let first = (
            None,
            Setting::Service(line.service.clone(), Text::default()),
        );
        let changes = line.changes.iter().map(|change| {
            let setting = Setting::Service(change.service.clone(), change.reason.clone());
            (Some(change.valid_from), setting)
        });
        let history = std::iter::once(first).chain(changes).collect();
        written.insert(Subject::Line(line.id.clone()), history);
    }
    for cause in &centre.causes {
        let retired = cause.retired.map(|day| (Some(day), Setting::Retired));
        let history = std::iter::once((None, Setting::Listed)).chain(retired);
        written.insert(Subject::Cause(cause.id.clone()), history.collect());
    }
    written
}

/// Compares what is written of one subject with what was seen of it.
fn compare(
    subject: &Subject,
    (before, now): (&History, &History),
    today: Date,
    (new, wrong): (&mut Vec<Seen>, &mut Vec<Contradiction>),
) {
    let mut days: Vec<Option<Date>> = before.keys().chain(now.keys()).copied().collect();
    days.sort_unstable();
    days.dedup();
    for day in days {
        let (was, is) = (before.get(&day), now.get(&day));
        let is_same = match (was, is) {
            // Another wording of the reason alters nothing.
            (Some(Setting::Service(was, _)), Some(Setting::Service(is, _))) => {
                tell_apart(was, is).is_empty()
            }
            _ => was == is,
        };
        if is_same {
            continue;
        }
        if day.is_none_or(|day| day <= today) {
            wrong.push(contradiction(subject, day, (was, is), today));
        } else {
            new.push(Seen {
                subject: subject.clone(),
                valid_from: day,
                setting: is.cloned().unwrap_or(Setting::TakenBack),
            });
        }
    }
}

fn contradiction(
    subject: &Subject,
    day: Option<Date>,
    (was, is): (Option<&Setting>, Option<&Setting>),
    today: Date,
) -> Contradiction {
    let tomorrow = today.saturating_add(1.day());
    let since = day.map_or_else(|| "the beginning".to_owned(), |day| day.to_string());
    let (message, remedy) = match (subject, was, is) {
        (Subject::Line(id), Some(Setting::Service(was, _)), Some(Setting::Service(is, _))) => {
            let (was, is) = (tell_apart(was, is), tell_apart(is, was));
            (
                format!(
                    "lines.{id}: says {is}, but since {since} {was} has held; the past cannot be judged anew"
                ),
                format!(
                    "write {was} again, and for the future [[changes]] with valid_from = {tomorrow}"
                ),
            )
        }
        (Subject::Line(id), Some(_), _) => (
            format!(
                "changes: the one of {since} for the line \"{id}\" is missing; it has held since then"
            ),
            format!("write it again, and for the future [[changes]] with valid_from = {tomorrow}"),
        ),
        (Subject::Line(id), None, _) => (
            format!(
                "changes.{since}.valid_from: the change of the line \"{id}\" would judge days that have begun"
            ),
            format!("write valid_from = {tomorrow} or later"),
        ),
        (Subject::Cause(id), Some(_), _) => (
            format!("causes.{id}.retired: it has been retired since {since}"),
            format!("write retired = {since} again; if it is needed, list it with another id"),
        ),
        (Subject::Cause(id), None, _) => (
            format!(
                "causes.{id}.retired: is {since}, a day that has begun; complaints may have been opened for it"
            ),
            format!("write retired = {tomorrow} or later"),
        ),
    };
    Contradiction { message, remedy }
}

/// What of a service level differs from another, as it is written in the file.
fn tell_apart(own: &ServiceLevel, other: &ServiceLevel) -> String {
    let percent = |name: &str, own: f64, other: f64| {
        // What was kept as text may differ in the last digit.
        ((own - other).abs() > 1e-9).then(|| format!("{name} = {own}"))
    };
    let secs = |name: &str, own: i64, other: i64| (own != other).then(|| format!("{name} = {own}"));
    let told = [
        percent("target_percent", own.target_percent, other.target_percent),
        secs("threshold_secs", own.threshold_secs, other.threshold_secs),
        secs(
            "short_abandon_secs",
            own.short_abandon_secs,
            other.short_abandon_secs,
        ),
        secs("promise_secs", own.promise_secs, other.promise_secs),
        percent(
            "promise_percent",
            own.promise_percent,
            other.promise_percent,
        ),
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn former_line(id: &str, history: &History) -> Option<FormerLine> {
    let mut service = None;
    let mut changes = Vec::new();
    for (day, setting) in history {
        let Setting::Service(held, reason) = setting else {
            continue;
        };
        match day {
            None => service = Some(held.clone()),
            Some(day) => changes.push(ServiceChange {
                valid_from: *day,
                service: held.clone(),
                reason: reason.clone(),
            }),
        }
    }
    Some(FormerLine {
        id: id.to_owned(),
        service: service?,
        changes,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::testing;

    const TODAY: Date = date(2026, 3, 4);

    fn centre() -> Centre {
        testing::centre(&["billing", "moving"])
    }

    fn change(day: Date, threshold_secs: i64) -> ServiceChange {
        ServiceChange {
            valid_from: day,
            service: ServiceLevel {
                threshold_secs,
                ..testing::line("billing").service
            },
            reason: testing::text("Fewer people"),
        }
    }

    /// What was seen of a centre on a first start.
    fn seen(centre: &Centre) -> Vec<Seen> {
        agree(centre, &[], TODAY).unwrap().new
    }

    fn told(centre: &Centre, seen: &[Seen]) -> String {
        let wrong = agree(centre, seen, TODAY).unwrap_err();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        wrong[0].to_string()
    }

    #[test]
    fn a_first_start_believes_what_is_written_and_a_second_finds_nothing_new() {
        let mut centre = centre();
        centre.lines[0].changes = vec![change(date(2020, 1, 1), 30)];
        let seen = seen(&centre);
        assert_eq!(seen.len(), 3 + centre.causes.len());
        assert_eq!(agree(&centre, &seen, TODAY), Ok(Agreed::default()));
        centre.lines[0].changes[0].reason = testing::text("Too few people");
        assert_eq!(agree(&centre, &seen, TODAY), Ok(Agreed::default()));
    }

    #[test]
    fn what_has_held_cannot_be_written_otherwise() {
        let mut centre = centre();
        let seen = seen(&centre);
        centre.lines[0].service.threshold_secs = 60;
        let told = told(&centre, &seen);
        assert!(
            told.contains("lines.billing: says threshold_secs = 60"),
            "{told}"
        );
        assert!(
            told.contains("since the beginning threshold_secs = 20 has held"),
            "{told}"
        );
        assert!(told.contains("write threshold_secs = 20 again"), "{told}");
        assert!(told.contains("valid_from = 2026-03-05"), "{told}");
    }

    #[test]
    fn a_change_begins_tomorrow_at_the_earliest() {
        let mut centre = centre();
        let seen = seen(&centre);
        for day in [date(2026, 3, 3), TODAY] {
            centre.lines[0].changes = vec![change(day, 60)];
            let told = told(&centre, &seen);
            assert!(told.contains("would judge days that have begun"), "{told}");
            assert!(
                told.contains("write valid_from = 2026-03-05 or later"),
                "{told}"
            );
        }
        centre.lines[0].changes = vec![change(date(2026, 3, 5), 60)];
        let agreed = agree(&centre, &seen, TODAY).unwrap();
        assert_eq!(agreed.new.len(), 1);
        assert_eq!(agreed.new[0].valid_from, Some(date(2026, 3, 5)));
    }

    #[test]
    fn a_change_may_be_taken_back_until_it_holds() {
        let plain = centre();
        let mut changed = centre();
        changed.lines[0].changes = vec![change(date(2026, 3, 6), 60)];
        let mut seen = seen(&changed);
        let agreed = agree(&plain, &seen, TODAY).unwrap();
        assert_eq!(agreed.new[0].setting, Setting::TakenBack);
        let on_the_day = agree(&plain, &seen, date(2026, 3, 6)).unwrap_err();
        assert!(
            on_the_day[0]
                .message
                .contains("is missing; it has held since then")
        );
        seen.extend(agreed.new);
        assert_eq!(
            agree(&plain, &seen, date(2026, 3, 9)),
            Ok(Agreed::default())
        );
    }

    #[test]
    fn a_line_that_is_no_more_is_remembered_with_what_it_promised() {
        let mut centre = centre();
        centre.lines[1].changes = vec![change(date(2026, 1, 1), 60)];
        let seen = seen(&centre);
        let gone = centre.lines.pop().unwrap();
        let agreed = agree(&centre, &seen, TODAY).unwrap();
        let [former] = &agreed.former_lines[..] else {
            panic!("{agreed:?}")
        };
        assert_eq!((&former.id, &former.service), (&gone.id, &gone.service));
        assert_eq!(former.changes, gone.changes);
    }

    #[test]
    fn a_cause_is_retired_from_tomorrow_and_never_removed() {
        let mut centre = centre();
        let seen = seen(&centre);
        centre.causes[0].retired = Some(date(2025, 3, 1));
        let past = told(&centre, &seen);
        assert!(
            past.contains("causes.product.retired: is 2025-03-01"),
            "{past}"
        );
        centre.causes[0].retired = Some(date(2026, 3, 5));
        assert_eq!(agree(&centre, &seen, TODAY).unwrap().new.len(), 1);
        centre.causes.remove(0);
        let gone = told(&centre, &seen);
        assert!(gone.contains("\"product\" is missing"), "{gone}");
    }

    #[test]
    fn a_cause_stays_retired_and_its_name_may_change() {
        let mut centre = centre();
        centre.causes[0].retired = Some(date(2025, 3, 1));
        let seen = seen(&centre);
        centre.causes[0].name = testing::text("Goods");
        assert_eq!(agree(&centre, &seen, TODAY), Ok(Agreed::default()));
        centre.causes[0].retired = None;
        let told = told(&centre, &seen);
        assert!(told.contains("list it with another id"), "{told}");
    }
}
