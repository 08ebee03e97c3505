//! The calendar on record: what the centre's description says now is added to it where it differs,
//! and never counts backwards in time.

use anyhow::Context as _;

use super::Press;
use crate::domain::edition::{Calendar, IsoWeek, Rule};
use crate::domain::period::local_day;

impl Press {
    /// The calendar, after what the description says now was put on record. A centre that no
    /// longer sets releases keeps those it announced.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) async fn calendar(&self) -> anyhow::Result<Option<Calendar>> {
        let recorded = self.store().release_rules().await;
        let recorded = recorded.context("reading the calendar")?;
        let Some(releases) = &self.centre().releases else {
            return Ok(recorded.and_then(|(since, rules)| Calendar::new(since, rules)));
        };
        let now_ms = self.now_ms();
        let today = local_day(now_ms, &self.centre().zone);
        let (since, mut rules) = recorded.unwrap_or_else(|| {
            let first = releases.since.unwrap_or(today);
            (IsoWeek::containing(first), Vec::new())
        });
        let rule = Rule {
            // The first rule holds from the first week on; a later one never for what is announced
            // for a week that is closed.
            from: if rules.is_empty() {
                since.monday()
            } else {
                releases.from.unwrap_or(today).max(today)
            },
            weekday: releases.weekday,
            time: releases.time,
            grace_hours: releases.grace_hours,
        };
        let is_known = rules.last().is_some_and(|last| last.is_same_time(&rule));
        if !is_known {
            let mut tx = self.store().begin_desk().await?;
            let is_added = tx.add_release_rule(rules.len(), (since, &rule), now_ms);
            if is_added.await.context("adding a rule of the calendar")? {
                tx.commit().await?;
                rules.push(rule);
            } else {
                // Another process was faster: it read the same description, or the next turn will.
                drop(tx);
                let recorded = self.store().release_rules().await?;
                return Ok(recorded.and_then(|(since, rules)| Calendar::new(since, rules)));
            }
        }
        Ok(Calendar::new(since, rules))
    }
}
