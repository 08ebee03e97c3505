//! Rows that are counts of spans, not contacts: the `[volume]` of a map, applied.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;

use super::{Known, Mapped, Mapper, chosen, filled, whole_number};
use crate::config::map::VolumeRule;
use crate::domain::event::{EventKind, Millis};
use crate::domain::period::{local_day, timestamp};
use crate::ingest::rows::Row;
use crate::ingest::wire::{WireData, WireEvent};

/// What an import counted so far: by line and channel, the revision and attempts of each span.
pub(super) type Counted = BTreeMap<String, HashMap<Millis, (i64, i64)>>;

impl<'m> Mapper<'m> {
    /// The local day of a row that is a count, and its event or why it is refused.
    pub(super) fn map_count(
        &mut self,
        rule: &'m VolumeRule,
        row: &Row<'_>,
    ) -> (Option<Date>, Result<Mapped, String>) {
        let start_ms = self.moment(&rule.start, row, &mut Known::new());
        let day = start_ms
            .as_ref()
            .ok()
            .map(|at_ms| local_day(*at_ms, &self.day_zone));
        if self.map.skips(|name| row.field(name)) {
            return (day, Ok(Mapped::default()));
        }
        let event = start_ms.and_then(|start_ms| self.count(rule, row, start_ms));
        let mapped = event.map(|event| Mapped {
            events: vec![event],
        });
        (day, mapped)
    }

    fn count(
        &mut self,
        rule: &VolumeRule,
        row: &Row<'_>,
        start_ms: Millis,
    ) -> Result<(Millis, WireEvent<'static>), String> {
        let Some((name, text)) = filled(row, &rule.attempts) else {
            return Err(format!("missing_field: {} has no count", rule.attempts));
        };
        let attempts = whole_number(name, text)?;
        let revision = self.revision(row)?;
        let line = chosen("unknown_line", self.map.line.as_ref(), row)?;
        let channel = chosen("unknown_channel", self.map.channel.as_ref(), row)?;
        let place = [line.as_deref(), channel.as_deref()];
        let place: Vec<&str> = place.into_iter().flatten().collect();
        let place = place.join("/");
        let start = timestamp(start_ms).to_string();
        let word = (revision.unwrap_or(0), attempts);
        self.note(&place, start_ms, word).map_err(|other| {
            format!("counted_twice: another row counts {other} from {start} on")
        })?;
        // Named by its span, so that a file read twice says nothing new.
        let id = format!("{place}/{start}/{}", EventKind::Volume.name());
        let data = WireData {
            revision,
            line,
            channel,
            start: Some(start.into()),
            seconds: Some(rule.seconds),
            attempts: Some(attempts),
            ..WireData::default()
        };
        // A count is known when its span is over.
        let at_ms = start_ms.saturating_add(rule.seconds * 1_000);
        let event = WireEvent {
            subject: None,
            ..self.event(EventKind::Volume, id, "", at_ms, data)
        };
        Ok((at_ms, event))
    }

    /// Remembers what a row counts. Of two rows about one span the larger count would hold and the
    /// other be lost without a word, so the second is refused with the count of the first: unless
    /// they agree, one of them counts nothing (as for an hour that was skipped when the clocks
    /// were set), or one is a correction.
    fn note(&mut self, place: &str, start_ms: Millis, word: (i64, i64)) -> Result<(), i64> {
        let spans = self.counted.entry(place.to_owned()).or_default();
        let first = spans.entry(start_ms).or_insert(word);
        let (revision, attempts) = *first;
        if revision == word.0 && attempts != word.1 && attempts != 0 && word.1 != 0 {
            return Err(attempts);
        }
        *first = word.max(*first);
        Ok(())
    }
}
