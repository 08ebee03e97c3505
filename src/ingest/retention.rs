//! Contacts without an end become lost; days past retention lose their contacts and are sealed.
//! Complaints that are not over survive their day.

use jiff::civil::Date;

use crate::domain::batch::Batch;
use crate::domain::centre::Centre;
use crate::domain::contact::{Contact, Outcome};
use crate::domain::event::{ContactEvent, ContactKey, Event, EventId, Fact, Millis};
use crate::domain::facts::{self, DayFacts};
use crate::domain::period::Span;
use crate::store::WriteTx;

/// The name under which the writer itself speaks about contacts.
const OWN_NAME: &str = "quietline";

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A `contact.lost` for each contact that has been without an end for too long, if there is any.
///
/// # Errors
/// If the database fails.
pub async fn lost_contacts(
    tx: &mut WriteTx<'_>,
    centre: &Centre,
    now_ms: Millis,
) -> sqlx::Result<Option<Batch>> {
    let patience = centre.lost_after_live_ms.min(centre.lost_after_written_ms);
    let open = tx
        .open_contacts_before(now_ms.saturating_sub(patience))
        .await?;
    let lost = open
        .into_iter()
        .filter(|(_, contact)| is_lost(contact, centre, now_ms));
    let events: Vec<Event> = lost.map(|(key, _)| lost_event(key, now_ms)).collect();
    Ok((!events.is_empty()).then(|| Batch {
        source: OWN_NAME.to_owned(),
        // Never close to an event's own time: the writer's word is no sign of life.
        received_ms: now_ms.saturating_add(DAY_MS),
        events,
        covers: Vec::new(),
        rejected: 0,
        mark: None,
    }))
}

fn is_lost(contact: &Contact, centre: &Centre, now_ms: Millis) -> bool {
    let Some((start_ms, place)) = contact.start() else {
        return false;
    };
    // A promised call-back may take as long as a letter.
    let slow = place.channel.is_written() || contact.outcome() == Outcome::CallbackPending;
    let patience = if slow {
        centre.lost_after_written_ms
    } else {
        centre.lost_after_live_ms
    };
    start_ms.saturating_add(patience) <= now_ms
}

fn lost_event(contact: ContactKey, now_ms: Millis) -> Event {
    Event::Contact(ContactEvent {
        contact,
        event: EventId {
            id: "lost".to_owned(),
            source: OWN_NAME.to_owned(),
        },
        at_ms: now_ms,
        revision: 0,
        fact: Fact::Lost,
    })
}

/// Seals every day that is due, deletes facts that never got a start, and says which days.
///
/// # Errors
/// If the database fails.
pub async fn seal_days(
    tx: &mut WriteTx<'_>,
    centre: &Centre,
    now_ms: Millis,
) -> sqlx::Result<Vec<Date>> {
    let before_ms = now_ms.saturating_sub(centre.retention_days.saturating_mul(DAY_MS));
    let days = tx.days_to_seal(before_ms).await?;
    for day in &days {
        let cells = tx
            .cells_of_day(*day, Span::of_day(*day, &centre.zone))
            .await?;
        freeze_day(tx, centre, *day, now_ms).await?;
        tx.seal_day(*day, &cells.hash(), now_ms).await?;
    }
    drop_complaints(tx, centre, now_ms).await?;
    tx.expire_orphans(before_ms).await?;
    Ok(days)
}

/// Freezes what followed the contacts of a day that are about to be deleted. A complaint that is
/// not over gets a row of its own, and goes on counting.
async fn freeze_day(
    tx: &mut WriteTx<'_>,
    centre: &Centre,
    day: Date,
    now_ms: Millis,
) -> sqlx::Result<()> {
    let mut frozen = DayFacts::new();
    let mut complaints = Vec::new();
    for (key, contact) in tx.followed_contacts(day).await? {
        facts::add(&mut frozen, facts::contribution(&contact, centre), 1);
        if let Some(complaint) = facts::complaint_to_keep(&contact, now_ms) {
            facts::add(&mut frozen, facts::contribution(&complaint, centre), -1);
            complaints.push((key, complaint));
        }
    }
    tx.keep_complaints(&complaints).await?;
    tx.freeze_facts(&frozen, now_ms).await
}

/// Deletes the complaints that are over, and freezes what they counted.
async fn drop_complaints(
    tx: &mut WriteTx<'_>,
    centre: &Centre,
    now_ms: Millis,
) -> sqlx::Result<()> {
    let mut frozen = DayFacts::new();
    for (_, complaint) in tx.take_complaints_until(now_ms).await? {
        facts::add(&mut frozen, facts::contribution(&complaint, centre), 1);
    }
    tx.freeze_facts(&frozen, now_ms).await
}
