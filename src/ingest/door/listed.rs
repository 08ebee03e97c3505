//! Words that must be on one of the centre's lists: causes of complaints, sites.
//!
//! A list and no free text, because that could carry a name.

use jiff::civil::Date;

use super::{Reason, Refusal, Threshold, needed, quoted};
use crate::domain::event::Millis;
use crate::domain::period::local_day;
use crate::ingest::wire::WireData;

impl Threshold<'_> {
    /// The cause of a complaint that was opened at an instant.
    pub(super) fn cause(&self, at_ms: Millis, data: &WireData<'_>) -> Result<String, Refusal> {
        let cause = needed("data.cause", data.cause.as_ref())?;
        let causes = &self.door.causes;
        let known = causes.iter().find(|(id, _)| id == cause);
        let on = local_day(at_ms, &self.door.zone);
        let is_over = |retired: &Option<Date>| retired.is_some_and(|retired| retired <= on);
        let what = match known {
            Some((_, retired)) if !is_over(retired) => return Ok(cause.to_owned()),
            Some((_, retired)) => {
                let since = retired.map_or_else(String::new, |day| day.to_string());
                format!("cause {} was retired on {since}; use", quoted(cause))
            }
            None => format!("cause {} is not", quoted(cause)),
        };
        let open = causes.iter().filter(|(_, retired)| !is_over(retired));
        let open: Vec<&str> = open.map(|(id, _)| id.as_str()).collect();
        let detail = format!("{what} one of: {}", open.join(", "));
        Err(Refusal::new(Reason::UnknownCause, detail))
    }

    /// The site that answered.
    pub(super) fn site(&self, site: &str) -> Result<String, Refusal> {
        let sites = &self.door.sites;
        if let Some(known) = sites.iter().find(|known| *known == site) {
            return Ok(known.clone());
        }
        let remedy = if sites.is_empty() {
            "centre.toml has no [[sites]]; add it there, or send no data.site".to_owned()
        } else {
            format!("it has: {}", sites.join(", "))
        };
        let detail = format!(
            "site {} is not in the centre's description; {remedy}",
            quoted(site)
        );
        Err(Refusal::new(Reason::UnknownSite, detail))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Door;
    use super::*;
    use crate::domain::event::{EventKind, Fact};
    use crate::ingest::testing::{NOW_MS, keys, small_centre, small_door};

    #[test]
    fn a_retired_cause_is_taken_for_complaints_of_the_time_before() {
        let door = small_door();
        let threshold = door.open_to("pbx", NOW_MS).unwrap();
        let data = WireData {
            cause: Some("fax".into()),
            ..WireData::default()
        };
        // Retired from 7 August 2026 on; in Zurich that day begins at 22:00 of the day before.
        let midnight_ms = NOW_MS - 11 * 3_600_000 - 1_800_000;
        let before = threshold.cause(midnight_ms - 1, &data);
        assert_eq!(before, Ok("fax".to_owned()));
        let refused = threshold.cause(midnight_ms, &data).unwrap_err();
        assert_eq!(refused.reason, Reason::UnknownCause);
    }

    #[test]
    fn a_site_is_one_of_the_centre_and_belongs_to_an_answer() {
        let door = small_door();
        let threshold = door.open_to("pbx", NOW_MS).unwrap();
        let data = WireData {
            line: Some("billing".into()),
            site: Some("dial".into()),
            ..WireData::default()
        };
        let fact = |kind| threshold.fact(kind, NOW_MS, &data).unwrap();
        assert_eq!(
            fact(EventKind::Answered),
            Fact::AnsweredAt("dial".to_owned())
        );
        assert!(
            matches!(fact(EventKind::Offered), Fact::Offered(_)),
            "as all it has no use for"
        );
        let untold = threshold.fact(EventKind::Answered, NOW_MS, &WireData::default());
        assert_eq!(untold, Ok(Fact::Answered));
    }

    #[test]
    fn where_no_site_is_described_the_remedy_is_to_describe_it() {
        let mut centre = small_centre();
        centre.sites.clear();
        let door = Door::new(&centre, keys());
        let threshold = door.open_to("pbx", NOW_MS).unwrap();
        let refused = threshold.site("town").unwrap_err();
        assert_eq!(refused.reason, Reason::UnknownSite);
        assert!(
            refused.detail.contains("centre.toml has no [[sites]]"),
            "{}",
            refused.detail
        );
    }
}
