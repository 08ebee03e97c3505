//! Every way in which a sender can be wrong, and that it costs nobody else anything.

mod damage;

use rstest::rstest;
use serde_json::{Value, json};

use super::super::testing::{NOW_MS, keys, small_door};
use super::*;
use crate::domain::centre::Channel;
use crate::domain::event::{ContactEvent, EventKind, Fact, Place, Purpose, Score, Signal};

fn read(framing: Framing, body: &[u8]) -> Result<Reading, BodyError> {
    read_body(framing, body, small_door().open_to("pbx", NOW_MS).unwrap())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "data is made where the event is"
)]
fn event(name: &str, data: Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": "call-1/e1",
        "source": "/pbx/1",
        "type": format!("org.quietline.{name}.v1"),
        "time": "2026-08-07T09:29:00Z",
        "subject": "call-1",
        "data": data,
    })
}

fn offered() -> Value {
    event("contact.offered", json!({"line": "billing"}))
}

fn with(attribute: &str, value: Value) -> Value {
    let mut event = offered();
    event[attribute] = value;
    event
}

fn without(attribute: &str) -> Value {
    let mut event = offered();
    event.as_object_mut().unwrap().remove(attribute);
    event
}

/// The one rejection of a single event.
fn rejection(event: &Value) -> Rejection {
    let reading = read(Framing::Single, event.to_string().as_bytes()).unwrap();
    assert_eq!(reading.admitted, []);
    reading.rejected.into_iter().next().unwrap()
}

/// The one contact event of a single event.
fn admitted(event: &Value) -> ContactEvent {
    let reading = read(Framing::Single, event.to_string().as_bytes()).unwrap();
    assert_eq!(reading.rejected, []);
    match reading.admitted.into_iter().next().unwrap() {
        Event::Contact(event) => event,
        Event::Volume(..) | Event::Signal { .. } => panic!("not about a contact"),
    }
}

#[rstest]
#[case::no_specversion(without("specversion"), "missing_field", "specversion is missing")]
#[case::old_specversion(with("specversion", json!("0.3")), "wrong_specversion", "\"1.0\"")]
#[case::no_id(without("id"), "missing_field", "id is missing")]
#[case::empty_id(with("id", json!("")), "missing_field", "id is missing")]
#[case::null_id(with("id", Value::Null), "missing_field", "id is missing")]
#[case::number_for_id(with("id", json!(7)), "wrong_type", "id must be a text")]
#[case::no_source(without("source"), "missing_field", "source is missing")]
#[case::other_source(with("source", json!("/crm/1")), "wrong_source", "\"/pbx/\"")]
#[case::no_type(without("type"), "missing_field", "type is missing")]
#[case::unknown_type(with("type", json!("org.quietline.contact.rung.v1")), "unknown_type", "rung")]
#[case::later_type(with("type", json!("org.quietline.contact.offered.v2")), "unknown_type", "v2")]
#[case::no_time(without("time"), "missing_field", "time is missing")]
#[case::not_a_time(with("time", json!("noon")), "invalid_time", "RFC 3339")]
#[case::bare_time(with("time", json!("2026-08-07T09:29:00")), "time_without_offset", "offset")]
#[case::future(with("time", json!("2026-08-07T09:35:01Z")), "future", "301 s ahead")]
#[case::far_future(with("time", json!("9999-12-30T00:00:00Z")), "future", "ahead")]
#[case::far_past(with("time", json!("1979-12-31T23:59:59Z")), "too_old", "1980")]
#[case::year_zero(with("time", json!("0000-01-01T00:00:00Z")), "too_old", "1980")]
#[case::no_subject(without("subject"), "missing_field", "subject is missing")]
#[case::long_subject(with("subject", json!("s".repeat(65_536))), "too_long", "65536 characters")]
#[case::long_id(with("id", json!("é".repeat(257))), "too_long", "257 characters")]
#[case::control(with("subject", json!("a\u{7}b")), "control_character", "subject")]
#[case::newline(with("id", json!("a\nb")), "control_character", "id")]
#[case::no_data(without("data"), "missing_field", "data.line is missing")]
#[case::text_for_data(with("data", json!("billing")), "wrong_type", "data must be")]
#[case::list_for_data(with("data", json!(["billing"])), "wrong_type", "data must be")]
#[case::encoded(with("data_base64", json!("e30=")), "encoded_data", "data_base64")]
#[case::unknown_line(
    event("contact.offered", json!({"line": "bilings"})), "unknown_line",
    "line \"bilings\" is not in the centre's description; it has: billing, moving"
)]
#[case::long_line(
    event("contact.offered", json!({"line": "x".repeat(65_536)})), "unknown_line", "xxx…"
)]
#[case::number_for_line(
    event("contact.offered", json!({"line": 3})), "wrong_type", "data.line must be a text"
)]
#[case::unknown_channel(
    event("contact.offered", json!({"line": "billing", "channel": "fax"})), "unknown_channel",
    "channel \"fax\" is not one of line \"billing\"; it has: voice, chat"
)]
#[case::channel_of_another_line(
    event("contact.offered", json!({"line": "moving", "channel": "voice"})), "unknown_channel",
    "it has: email"
)]
#[case::negative_revision(
    event("contact.offered", json!({"line": "billing", "revision": -1})), "out_of_range", "-1"
)]
#[case::half_a_revision(
    event("contact.offered", json!({"line": "billing", "revision": 0.5})), "wrong_type",
    "data.revision must be a whole number"
)]
#[case::negative_handling(
    event("contact.ended", json!({"handle_ms": -1})), "out_of_range", "0 to 604800000"
)]
#[case::eight_days(
    event("contact.ended", json!({"handle_ms": 691_200_000})), "out_of_range", "0 to 604800000"
)]
#[case::beyond_numbers(
    event("contact.ended", json!({"handle_ms": 18_446_744_073_709_551_615_u64})), "wrong_type",
    "data.handle_ms must be a whole number"
)]
#[case::purpose(
    event("contact.classified", json!({"purpose": "gossip"})), "unknown_purpose", "gossip"
)]
#[case::no_purpose(event("contact.classified", json!({})), "missing_field", "data.purpose")]
#[case::resolved(event("contact.resolved", json!({})), "missing_field", "data.resolved")]
#[case::text_resolved(
    event("contact.resolved", json!({"resolved": "yes"})), "wrong_type", "true or false"
)]
#[case::scale(
    event("contact.scored", json!({"scale": "stars", "score": 3})), "unknown_scale", "csat, nps, ces"
)]
#[case::score(
    event("contact.scored", json!({"scale": "csat", "score": 0})), "out_of_range", "1 to 5"
)]
#[case::big_score(
    event("contact.scored", json!({"scale": "nps", "score": 260})), "out_of_range", "0 to 10"
)]
#[case::score_eleven(
    event("contact.scored", json!({"scale": "nps", "score": 11})), "out_of_range", "0 to 10"
)]
#[case::no_score(event("contact.scored", json!({"scale": "ces"})), "missing_field", "data.score")]
#[case::cause(
    event("complaint.opened", json!({"cause": "Mr Smith, 079 123 45 67"})), "unknown_cause",
    "is not one of: product, pricing, service, other"
)]
#[case::retired_cause(
    event("complaint.opened", json!({"cause": "fax"})), "unknown_cause",
    "was retired on 2026-08-07; use one of: product, pricing, service, other"
)]
#[case::site(
    event("contact.answered", json!({"site": "Mr Smith's desk"})), "unknown_site",
    "site \"Mr Smith's desk\" is not in the centre's description; it has: town, dial"
)]
#[case::no_word_for_a_site(event("contact.answered", json!({"site": ""})), "unknown_site", "town, dial")]
#[case::staffed(
    event("capacity.reported", json!({"line": "billing", "staffed": -3})), "out_of_range", "-3"
)]
#[case::volume_start(
    event("volume.counted", json!({"line": "billing", "seconds": 360, "attempts": 4})),
    "missing_field", "data.start"
)]
#[case::volume_future(
    event("volume.counted", json!({
        "line": "billing", "start": "2026-08-08T00:00:00Z", "seconds": 360, "attempts": 4
    })),
    "future", "data.start"
)]
#[case::volume_out_of_step(
    event("volume.counted", json!({
        "line": "billing", "start": "2026-08-07T09:05:00Z", "seconds": 360, "attempts": 4
    })),
    "out_of_step", "360 s from 2026-08-07T09:05:00Z"
)]
#[case::volume_channel(
    event("volume.counted", json!({
        "line": "billing", "channel": "email", "start": "2026-08-07T09:00:00Z", "seconds": 360,
        "attempts": 4
    })),
    "unknown_channel", "voice, chat"
)]
fn a_bad_event_is_refused_with_its_reason(
    #[case] event: Value,
    #[case] reason: &str,
    #[case] detail: &str,
) {
    let rejection = rejection(&event);
    assert_eq!(rejection.reason.word(), reason, "{}", rejection.detail);
    assert!(rejection.detail.contains(detail), "{}", rejection.detail);
    assert!(
        rejection.detail.chars().count() < 400,
        "{}",
        rejection.detail
    );
    assert_eq!(rejection.index, 0);
    let id = event["id"]
        .as_str()
        .map(|id| id.chars().take(256).collect::<String>());
    assert_eq!(rejection.id, id);
}

#[rstest]
#[case(b"", "not_json")]
#[case(b"{", "not_json")]
#[case(b"{\"specversion\":\"1.0\",\"id\":\"e1\",", "not_json")]
#[case(b"{\"id\":\"\\ud800\"}", "not_json")]
#[case(b"nonsense", "not_json")]
#[case(b"7", "not_an_object")]
#[case(b"\"{}\"", "not_an_object")]
#[case(b"[]", "not_an_object")]
#[case(b"{\"id\":\"a\",\"id\":\"b\"}", "duplicate_field")]
#[case(b"{\"id\":\"\xff\"}", "invalid_utf8")]
fn what_is_no_event_is_refused_as_such(#[case] body: &[u8], #[case] reason: &str) {
    let reading = read(Framing::Single, body).unwrap();
    assert_eq!(reading.rejected.len(), 1);
    assert_eq!(reading.rejected[0].reason.word(), reason);
}

#[test]
fn five_minutes_ahead_is_still_taken_in() {
    let event = with("time", json!("2026-08-07T09:35:00Z"));
    assert_eq!(admitted(&event).at_ms, NOW_MS + 300_000);
}

#[test]
fn a_source_may_send_only_what_it_is_allowed_to() {
    let door = small_door();
    let mut event = event("contact.classified", json!({"purpose": "idea"}));
    event["source"] = json!("/crm/");
    let read = |event: &Value| {
        let threshold = door.open_to("crm", NOW_MS).unwrap();
        read_body(Framing::Single, event.to_string().as_bytes(), threshold).unwrap()
    };
    assert_eq!(read(&event).admitted.len(), 1);
    event["type"] = json!("org.quietline.contact.withdrawn.v1");
    assert_eq!(read(&event).rejected[0].reason, Reason::TypeNotAllowed);
    event["type"] = json!("org.quietline.source.heartbeat.v1");
    assert_eq!(
        read(&event).admitted.len(),
        1,
        "everybody may say that it is alive"
    );
    assert!(door.open_to("nobody", NOW_MS).is_none());
}

#[test]
fn an_event_loses_its_subject_and_whatever_else_was_sent() {
    let mut event = offered();
    event["caller"] = json!("+41791234567");
    event["data"]["notes"] = json!("Mr Smith is angry");
    let taken = admitted(&event);
    assert_eq!(taken.contact, keys().key("centre", "call-1"));
    assert_eq!(taken.event.id, "*/e1");
    assert_eq!(taken.event.source, "pbx");
    let all = format!("{taken:?}");
    for secret in ["call-1", "4179", "Smith"] {
        assert!(!all.contains(secret), "{all}");
    }
}

#[test]
fn sources_of_one_namespace_speak_of_the_same_contact() {
    let door = small_door();
    let mut event = event("contact.classified", json!({"purpose": "idea"}));
    let pbx = admitted(&event).contact;
    event["source"] = json!("/crm/");
    let threshold = door.open_to("crm", NOW_MS).unwrap();
    let reading = read_body(Framing::Single, event.to_string().as_bytes(), threshold).unwrap();
    let Event::Contact(crm) = &reading.admitted[0] else {
        panic!("not about a contact")
    };
    assert_eq!(crm.contact, pbx);
}

fn place(line: &str, channel: Channel) -> Place {
    let line = line.to_owned();
    Place { line, channel }
}

#[rstest]
#[case("contact.attempted", json!({"line": "billing"}), Fact::Attempted(place("billing", Channel::Voice)))]
#[case("contact.refused", json!({"line": "moving"}), Fact::Refused(place("moving", Channel::Email)))]
#[case("contact.left_menu", Value::Null, Fact::LeftMenu)]
#[case("contact.self_served", json!({}), Fact::SelfServed)]
#[case("contact.offered", json!({"line": "billing", "channel": "chat"}), Fact::Offered(place("billing", Channel::Chat)))]
#[case("contact.answered", json!({}), Fact::Answered)]
#[case("contact.abandoned", json!({}), Fact::Abandoned)]
#[case("contact.deflected", json!({}), Fact::Deflected)]
#[case("contact.transferred", json!({"line": "moving"}), Fact::Transferred(place("moving", Channel::Email)))]
#[case("contact.ended", json!({"handle_ms": 0}), Fact::Ended { handle_ms: Some(0) })]
#[case("contact.ended", json!({}), Fact::Ended { handle_ms: None })]
#[case("contact.classified", json!({"purpose": "problem"}), Fact::Classified(Purpose::Problem))]
#[case("contact.resolved", json!({"resolved": false}), Fact::Resolved(false))]
#[case("contact.surveyed", json!({}), Fact::Surveyed)]
#[case("contact.scored", json!({"scale": "csat", "score": 5}), Fact::Scored(Score::Csat(5)))]
#[case("contact.scored", json!({"scale": "nps", "score": 0}), Fact::Scored(Score::Nps(0)))]
#[case("contact.scored", json!({"scale": "ces", "score": 7}), Fact::Scored(Score::Ces(7)))]
#[case("contact.withdrawn", json!({}), Fact::Withdrawn)]
#[case("contact.lost", json!({}), Fact::Lost)]
#[case("complaint.opened", json!({"cause": "pricing"}), Fact::ComplaintOpened("pricing".to_owned()))]
#[case("complaint.closed", json!({}), Fact::ComplaintClosed)]
#[case("callback.requested", json!({}), Fact::CallbackRequested)]
#[case("callback.kept", json!({}), Fact::CallbackKept)]
#[case("callback.failed", json!({}), Fact::CallbackFailed)]
fn every_kind_about_a_contact_is_read(#[case] name: &str, #[case] data: Value, #[case] fact: Fact) {
    assert_eq!(admitted(&event(name, data)).fact, fact);
}

#[rstest]
#[case("source.heartbeat", json!({}), Signal::Heartbeat)]
#[case("capacity.reported", json!({"line": "billing", "staffed": 12}), Signal::Capacity {
    line: "billing".to_owned(), staffed: 12,
})]
fn what_is_not_about_a_contact_needs_no_subject(
    #[case] name: &str,
    #[case] data: Value,
    #[case] signal: Signal,
) {
    let mut event = event(name, data);
    event.as_object_mut().unwrap().remove("subject");
    let reading = read(Framing::Single, event.to_string().as_bytes()).unwrap();
    assert_eq!(reading.rejected, []);
    assert!(matches!(&reading.admitted[0], Event::Signal { signal: s, .. } if *s == signal));
}

#[test]
fn a_count_names_its_register_and_needs_no_subject() {
    let data = json!({
        "line": "moving", "start": "2026-08-07T09:00:00Z", "seconds": 360, "attempts": 9,
        "revision": 2,
    });
    let mut event = event("volume.counted", data);
    event.as_object_mut().unwrap().remove("subject");
    let reading = read(Framing::Single, event.to_string().as_bytes()).unwrap();
    assert_eq!(reading.rejected, []);
    let Event::Volume(key, register) = &reading.admitted[0] else {
        panic!("{:?}", reading.admitted[0])
    };
    assert_eq!(
        (key.start_ms, key.source.as_str()),
        (NOW_MS - 1_800_000, "pbx")
    );
    assert_eq!(
        (key.place.line.as_str(), key.place.channel),
        ("moving", Channel::Email)
    );
    assert_eq!((register.seconds, register.attempts), (360, 9));
    assert_eq!((register.revision, register.at_ms), (2, NOW_MS - 60_000));
    assert_eq!(register.event, "call-1/e1");
}

#[test]
fn every_kind_is_read_by_one_of_the_cases_above() {
    // A kind added to the domain without a case here would be refused as unknown_type.
    for (_, name) in EventKind::ALL {
        let data = json!({
            "line": "billing", "purpose": "idea", "resolved": true, "scale": "csat", "score": 3,
            "cause": "other", "staffed": 1, "start": "2026-08-07T09:00:00Z", "seconds": 60,
            "attempts": 1,
        });
        let reading = read(Framing::Single, event(name, data).to_string().as_bytes()).unwrap();
        assert_eq!(reading.admitted.len(), 1, "{name}: {:?}", reading.rejected);
    }
}

fn places(reading: &Reading) -> Vec<usize> {
    reading.places.iter().map(|(index, _)| *index).collect()
}

#[test]
fn bad_events_of_a_batch_do_not_cost_the_good_ones() {
    let batch = json!([
        offered(),
        7,
        without("id"),
        offered(),
        with("time", json!(5)),
        offered()
    ]);
    let reading = read(Framing::Batch, batch.to_string().as_bytes()).unwrap();
    assert_eq!(places(&reading), [0, 3, 5]);
    let rejected: Vec<_> = reading
        .rejected
        .iter()
        .map(|r| (r.index, r.reason))
        .collect();
    assert_eq!(
        rejected,
        [
            (1, Reason::NotAnObject),
            (2, Reason::MissingField),
            (4, Reason::WrongType),
        ]
    );
    assert_eq!(reading.rejected[2].id.as_deref(), Some("call-1/e1"));
}

#[test]
fn a_line_that_is_not_text_is_lost_alone() {
    let good = offered().to_string();
    let mut body = format!("{good}\r\n\n").into_bytes();
    body.extend_from_slice(b"{\"id\":\"\xc3\x28\"}\n{\"id\":\"half\n");
    body.extend_from_slice(good.as_bytes());
    let reading = read(Framing::Lines, &body).unwrap();
    assert_eq!(
        places(&reading),
        [0, 4],
        "the place is the line, blank ones included"
    );
    let rejected: Vec<_> = reading
        .rejected
        .iter()
        .map(|r| (r.index, r.reason))
        .collect();
    assert_eq!(rejected, [(2, Reason::InvalidUtf8), (3, Reason::NotJson)]);
}

#[test]
fn a_body_that_is_no_list_is_refused_as_a_whole() {
    let whole = |body: &[u8]| read(Framing::Batch, body).unwrap_err();
    assert!(matches!(whole(b"{}"), BodyError::NotAnArray(_)));
    assert!(matches!(whole(b"[{},"), BodyError::NotAnArray(_)));
    assert!(matches!(whole(b"[\"\xff\"]"), BodyError::NotUtf8(2)));
    let many = format!("[{}7]", "7,".repeat(MOST_EVENTS));
    assert_eq!(whole(many.as_bytes()), BodyError::TooMany);
    let lines = "7\n".repeat(MOST_EVENTS + 1);
    assert_eq!(
        read(Framing::Lines, lines.as_bytes()),
        Err(BodyError::TooMany)
    );
    let most = "7\n".repeat(MOST_EVENTS);
    assert_eq!(
        read(Framing::Lines, most.as_bytes())
            .unwrap()
            .rejected
            .len(),
        MOST_EVENTS
    );
}

#[test]
fn deep_nesting_is_refused_not_followed() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in [
        deep.clone(),
        format!("[{deep}]"),
        format!("{{\"data\":{deep}}}"),
    ] {
        for framing in [Framing::Single, Framing::Batch, Framing::Lines] {
            if let Ok(reading) = read(framing, body.as_bytes()) {
                assert_eq!(reading.admitted, []);
            }
        }
    }
}
