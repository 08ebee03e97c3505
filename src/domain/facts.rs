//! What follows a contact: surveys and complaints, counted by local day beside the tallies; and
//! by which site it was answered ([`site`]).
//!
//! Few contacts have any of it, so these counts are sparse and kept by day only: one number for
//! each day, place and [`DayFact`]. They add like tallies, and a contact adds its own by
//! [`contribution`], a pure function of the contact and the centre. A survey and its answers count
//! on the contact's own day; a complaint on the day it was opened, and once more on the day it was
//! closed. Whether it was closed in time counts on the day it was opened, so that those in time
//! are always among those opened.
//!
//! What is odd is counted, not dropped:
//! * A complaint that bears an earlier time of closing than of opening is closed on the day it was
//!   opened. How long it took is not known, so it is not in time.
//! * A complaint that was closed but never opened has no cause. It counts as
//!   [`DayFact::ClosedUnopened`] until its opening arrives.
//! * A score without a survey is an answer to a survey that nobody told of: one was sent.

pub mod site;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::centre::{Centre, Line};
use super::contact::Contact;
use super::event::{Millis, Place};
use super::hours;
use super::period::local_day;
use site::AtSite;

/// A complaint closed by the end of so many working days after the day it was opened was quick.
pub const QUICK_WORKING_DAYS: u32 = 3;

/// A complaint has to be closed by the end of so many days after the day it was opened: 8 weeks.
pub const FINAL_DAYS: i64 = 56;

/// The row of a complaint is kept until so many days after its closing.
const KEEP_CLOSED_DAYS: i64 = 30;

/// An open complaint's row is kept so many days; one that is closed later is not known any more.
const KEEP_OPEN_DAYS: i64 = 100;

const DAY_MS: Millis = 86_400_000;

/// A question of a survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scale {
    /// Satisfaction, 1–5.
    Csat,
    /// Recommendation, 0–10.
    Nps,
    /// Ease, 1–7.
    Ces,
}

impl Scale {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Csat, Self::Nps, Self::Ces];

    /// The word on the wire and in names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csat => "csat",
            Self::Nps => "nps",
            Self::Ces => "ces",
        }
    }

    /// The lowest and the highest score.
    #[must_use]
    pub const fn scores(self) -> (u8, u8) {
        match self {
            Self::Csat => (1, 5),
            Self::Nps => (0, 10),
            Self::Ces => (1, 7),
        }
    }
}

/// One thing that is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DayFact {
    /// A survey was sent.
    SurveySent,
    /// Any question of a survey was answered.
    SurveyAnswered,
    /// A question was answered with this score.
    Scored(Scale, u8),
    /// A complaint of this cause was opened.
    Opened(String),
    /// A complaint of this cause was closed.
    Closed(String),
    /// Of those opened on the day: closed within [`QUICK_WORKING_DAYS`].
    ClosedQuickly,
    /// Of those opened on the day: closed within [`FINAL_DAYS`], the quick ones among them.
    ClosedInTime,
    /// A complaint was closed of which no opening is known.
    ClosedUnopened,
    /// Answered at the site of this id, and what is known of it.
    At(AtSite, String),
}

const OPENED: &str = "complaints_opened";
const CLOSED: &str = "complaints_closed";

impl Display for DayFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SurveySent => f.write_str("surveys_sent"),
            Self::SurveyAnswered => f.write_str("surveys_answered"),
            Self::Scored(scale, score) => write!(f, "{}:{score}", scale.name()),
            Self::Opened(cause) => write!(f, "{OPENED}:{cause}"),
            Self::Closed(cause) => write!(f, "{CLOSED}:{cause}"),
            Self::ClosedQuickly => f.write_str("complaints_closed_quickly"),
            Self::ClosedInTime => f.write_str("complaints_closed_in_time"),
            Self::ClosedUnopened => f.write_str("complaints_closed_unopened"),
            Self::At(what, site) => write!(f, "{}:{site}", what.name()),
        }
    }
}

impl DayFact {
    /// The fact of a name as `Display` writes it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.split_once(':') {
            None => match name {
                "surveys_sent" => Self::SurveySent,
                "surveys_answered" => Self::SurveyAnswered,
                "complaints_closed_quickly" => Self::ClosedQuickly,
                "complaints_closed_in_time" => Self::ClosedInTime,
                "complaints_closed_unopened" => Self::ClosedUnopened,
                _ => return None,
            },
            Some((OPENED, cause)) => Self::Opened(cause.to_owned()),
            Some((CLOSED, cause)) => Self::Closed(cause.to_owned()),
            Some((name, of)) => {
                if let Some(what) = AtSite::from_name(name) {
                    return Some(Self::At(what, of.to_owned()));
                }
                let (scale, score) = (name, of);
                let scale = Scale::ALL.into_iter().find(|known| known.name() == scale)?;
                let (least, most) = scale.scores();
                let score = score.parse().ok()?;
                (least <= score && score <= most).then_some(Self::Scored(scale, score))?
            }
        })
    }

    /// The cause it is a complaint of, if it is one by cause.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Opened(cause) | Self::Closed(cause) => Some(cause),
            _ => None,
        }
    }

    /// For so many days after its own day it is still expected to change: answers come in, and
    /// complaints have time to be closed.
    #[must_use]
    pub const fn settles_days(&self) -> i64 {
        match self {
            Self::SurveySent | Self::SurveyAnswered | Self::Scored(..) => 7,
            Self::Opened(_) | Self::Closed(_) | Self::ClosedUnopened => 0,
            Self::ClosedQuickly => 14,
            Self::ClosedInTime => FINAL_DAYS,
            Self::At(what, _) => what.settles_days(),
        }
    }
}

/// Facts that are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Surveys sent.
    SurveysSent,
    /// Surveys of which any question was answered.
    SurveysAnswered,
    /// Answers with a score from … to …, both included.
    Scores(Scale, u8, u8),
    /// Complaints opened, of any cause.
    Opened,
    /// Complaints closed, of any cause.
    Closed,
    /// Closed within [`QUICK_WORKING_DAYS`] of those opened.
    ClosedQuickly,
    /// Closed within [`FINAL_DAYS`] of those opened.
    ClosedInTime,
    /// Closed without a known opening.
    ClosedUnopened,
}

impl Group {
    /// All answers to a question.
    #[must_use]
    pub const fn answers(scale: Scale) -> Self {
        let (least, most) = scale.scores();
        Self::Scores(scale, least, most)
    }

    /// Whether a fact belongs to it.
    #[must_use]
    pub fn holds(self, fact: &DayFact) -> bool {
        match (self, fact) {
            (Self::SurveysSent, DayFact::SurveySent)
            | (Self::SurveysAnswered, DayFact::SurveyAnswered)
            | (Self::Opened, DayFact::Opened(_))
            | (Self::Closed, DayFact::Closed(_))
            | (Self::ClosedQuickly, DayFact::ClosedQuickly)
            | (Self::ClosedInTime, DayFact::ClosedInTime)
            | (Self::ClosedUnopened, DayFact::ClosedUnopened) => true,
            (Self::Scores(scale, from, to), DayFact::Scored(of, score)) => {
                scale == *of && (from..=to).contains(score)
            }
            _ => false,
        }
    }

    /// How often its facts were counted.
    #[must_use]
    pub fn count(self, facts: &[&LineFact]) -> i64 {
        let held = facts.iter().filter(|counted| self.holds(&counted.fact));
        held.map(|counted| counted.value).sum()
    }

    /// For so many days after its own day a count is still expected to change.
    #[must_use]
    pub const fn settles_days(self) -> i64 {
        match self {
            Self::SurveysSent | Self::SurveysAnswered | Self::Scores(..) => {
                DayFact::SurveySent.settles_days()
            }
            Self::Opened | Self::Closed | Self::ClosedUnopened => 0,
            Self::ClosedQuickly => DayFact::ClosedQuickly.settles_days(),
            Self::ClosedInTime => DayFact::ClosedInTime.settles_days(),
        }
    }
}

/// A count of a line on one day, whatever the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineFact {
    /// Id of the line.
    pub line: String,
    /// What was counted.
    pub fact: DayFact,
    /// How often.
    pub value: i64,
    /// It changed when it was no longer expected to.
    pub is_revised: bool,
}

/// What is counted, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactKey {
    /// The local day.
    pub day: Date,
    /// Line and channel of the contact.
    pub place: Place,
    /// What.
    pub fact: DayFact,
}

/// Sparse counts; what is not there is 0.
pub type DayFacts = BTreeMap<FactKey, i64>;

/// Adds (1) or takes away (−1) what a contact counts.
pub fn add(facts: &mut DayFacts, keys: Vec<FactKey>, sign: i64) {
    for key in keys {
        *facts.entry(key).or_default() += sign;
    }
}

/// What one contact counts, each once. Nothing for an orphan or a withdrawn contact.
#[must_use]
pub fn contribution(contact: &Contact, centre: &Centre) -> Vec<FactKey> {
    if !has_any(contact) || contact.withdrawn.is_some() {
        return Vec::new();
    }
    let Some((start_ms, place)) = contact.start() else {
        return Vec::new();
    };
    let mut counted = Counted {
        place,
        keys: Vec::new(),
    };
    let day = local_day(start_ms, &centre.zone);
    counted.site(contact, start_ms, day);
    counted.survey(contact, day);
    counted.complaint(contact, centre);
    counted.keys
}

/// Whether anything is counted of the contact here. Most have nothing, and pay for no more than
/// this.
#[must_use]
pub fn has_any(contact: &Contact) -> bool {
    contact.site.is_some()
        || contact.surveyed.is_some()
        || contact.is_scored()
        || contact.has_complaint()
}

struct Counted<'c> {
    place: &'c Place,
    keys: Vec<FactKey>,
}

impl Counted<'_> {
    fn add(&mut self, day: Date, fact: DayFact) {
        self.keys.push(FactKey {
            day,
            place: self.place.clone(),
            fact,
        });
    }

    fn site(&mut self, contact: &Contact, start_ms: Millis, day: Date) {
        if let Some((site, counts)) = site::counted(contact, start_ms) {
            for what in counts {
                self.add(day, DayFact::At(what, site.to_owned()));
            }
        }
    }

    fn survey(&mut self, contact: &Contact, day: Date) {
        if contact.surveyed.is_some() || contact.is_scored() {
            self.add(day, DayFact::SurveySent);
        }
        if contact.is_scored() {
            self.add(day, DayFact::SurveyAnswered);
        }
        let answers = [
            (Scale::Csat, &contact.csat),
            (Scale::Nps, &contact.nps),
            (Scale::Ces, &contact.ces),
        ];
        for (scale, answer) in answers {
            if let Some(answer) = answer {
                self.add(day, DayFact::Scored(scale, answer.value));
            }
        }
    }

    fn complaint(&mut self, contact: &Contact, centre: &Centre) {
        let day_of = |at_ms| local_day(at_ms, &centre.zone);
        let closed_ms = contact.complaint_closed.as_ref().map(|closed| closed.at_ms);
        let Some((opened_ms, cause)) = contact.complaint() else {
            if let Some(closed_ms) = closed_ms {
                self.add(day_of(closed_ms), DayFact::ClosedUnopened);
            }
            return;
        };
        let opened = day_of(opened_ms);
        self.add(opened, DayFact::Opened(cause.to_owned()));
        let Some(closed_ms) = closed_ms else { return };
        let closed = day_of(closed_ms).max(opened);
        self.add(closed, DayFact::Closed(cause.to_owned()));
        if closed_ms < opened_ms || closed > opened.saturating_add(FINAL_DAYS.days()) {
            return;
        }
        self.add(opened, DayFact::ClosedInTime);
        if closed <= last_quick_day(centre.line(&self.place.line), opened) {
            self.add(opened, DayFact::ClosedQuickly);
        }
    }
}

/// The last day on which a complaint opened on a day is closed quickly: the third working day
/// after it, but never later than [`FINAL_DAYS`].
///
/// A line works on the days on which it is open by its hours and holidays. A line that never
/// opens, or that the centre no longer describes, works from Monday to Friday: nobody gains time
/// by leaving the hours out. Hours that are changed afterwards judge a complaint only when
/// something is said about it again, or at the next `rebuild`.
#[must_use]
pub fn last_quick_day(line: Option<&Line>, opened: Date) -> Date {
    let line = line.filter(|line| line.hours.0.iter().any(|periods| !periods.is_empty()));
    let works = |day: &Date| match line {
        Some(line) => !hours::periods_on(line, *day).is_empty(),
        None => !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday),
    };
    let days = (1..=FINAL_DAYS).map(|after| opened.saturating_add(after.days()));
    let mut working = days.filter(works);
    let last = working.nth(QUICK_WORKING_DAYS as usize - 1);
    last.unwrap_or_else(|| opened.saturating_add(FINAL_DAYS.days()))
}

/// What is kept of a contact when its day is sealed: its start and its complaint, if the complaint
/// is still to be kept. Surveys are over by then.
#[must_use]
pub fn complaint_to_keep(contact: &Contact, now_ms: Millis) -> Option<Contact> {
    if contact.withdrawn.is_some() || !contact.has_start() || contact.complaint().is_none() {
        return None;
    }
    (now_ms < keep_until_ms(contact)).then(|| Contact {
        attempted: contact.attempted.clone(),
        refused: contact.refused.clone(),
        offered: contact.offered.clone(),
        complaint_opened: contact.complaint_opened.clone(),
        complaint_since: contact.complaint_since.clone(),
        complaint_closed: contact.complaint_closed.clone(),
        ..Contact::default()
    })
}

/// Until when the row of a complaint is kept after its day is sealed. One that was withdrawn may
/// go at once.
#[must_use]
pub fn keep_until_ms(complaint: &Contact) -> Millis {
    if complaint.withdrawn.is_some() {
        return Millis::MIN;
    }
    let opened_ms = complaint.complaint().map_or(0, |(at_ms, _)| at_ms);
    match &complaint.complaint_closed {
        Some(closed) => closed.at_ms.max(opened_ms) + KEEP_CLOSED_DAYS * DAY_MS,
        None => opened_ms + KEEP_OPEN_DAYS * DAY_MS,
    }
}
