//! A morning written for this, and hostile, unordered and doubled events.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::super::super::testing::{damaged, feed, told};
use super::*;
use crate::domain::centre::FeedKind;
use crate::ingest::instant::read_instant;
use crate::ingest::testing::NOW_MS;

const MESSAGES: &str = include_str!("../../../../../tests/fixtures/connect/agents.jsonl");
const EVENTS: &str = include_str!("../../../../../tests/fixtures/connect/staffed.txt");

/// A whole minute: the one of all tests.
const START_MS: Millis = NOW_MS;

fn staff() -> Staff {
    let queues = [("q-bill", "billing"), ("Moving", "moving")];
    Staff::new(feed(FeedKind::AmazonConnect, &queues), "/pbx/")
}

/// An event of an agent, so many milliseconds after the start.
fn event(agent: &str, after_ms: Millis, status: &str, queues: &[&str]) -> Value {
    let queues = queues.iter();
    let queues: Vec<Value> = queues
        .map(|id| json!({"ARN": format!("x/queue/{id}")}))
        .collect();
    json!({
        "AgentARN": format!("arn:aws:connect:x:1:instance/i/agent/{agent}"),
        "EventType": "HEART_BEAT",
        "EventTimestamp": timestamp(START_MS + after_ms).to_string(),
        "CurrentAgentSnapshot": {
            "AgentStatus": {"Type": status},
            "Configuration": {"RoutingProfile": {"InboundQueues": queues}},
            "Contacts": [],
        },
    })
}

/// Line, seconds after the start, how many: what was told of an event that came at its own instant.
fn heard(staff: &mut Staff, message: &Value) -> Vec<(String, i64, i64)> {
    let time = message["EventTimestamp"].as_str().unwrap();
    let at_ms = read_instant("time", time).unwrap();
    reports(&staff.read(message, at_ms))
}

fn reports(said: &Said) -> Vec<(String, i64, i64)> {
    let Said::Events(events) = said else {
        return Vec::new();
    };
    let report = |event: &WireEvent<'_>| {
        let data = &event.data.as_ref().unwrap().0;
        let at_ms = read_instant("time", event.time.as_deref().unwrap()).unwrap();
        let line = data.line.as_deref().unwrap().to_owned();
        (line, (at_ms - START_MS) / 1_000, data.staffed.unwrap())
    };
    events.iter().map(report).collect()
}

/// Agents of billing who are heard every two minutes, the second one half a minute after the first.
fn two_of_billing(staff: &mut Staff, minutes: impl Iterator<Item = i64>) -> Vec<(i64, i64)> {
    let mut told = Vec::new();
    for minute in minutes {
        let (agent, after_ms) = if minute % 2 == 0 {
            ("ana", minute * 60_000)
        } else {
            ("ben", minute * 60_000 - 30_000)
        };
        let message = event(agent, after_ms, "ROUTABLE", &["q-bill"]);
        for (line, at_secs, count) in heard(staff, &message) {
            assert_eq!(line, "billing");
            told.push((at_secs, count));
        }
    }
    told
}

#[test]
fn a_morning_gives_the_counts_written_beside_it_and_names_nobody() {
    let mut staff = staff();
    let mut newest_ms = START_MS - 30 * 60_000;
    let lines = MESSAGES.lines().enumerate();
    let mut ids = BTreeSet::new();
    let said: String = lines
        .map(|(index, line)| {
            let message: Value = serde_json::from_str(line).unwrap();
            assert!(Staff::hears(&message), "{line}");
            let body = body_of(&message);
            let at_ms = instant(body, &["EventTimestamp"]).ok().flatten();
            newest_ms = newest_ms.max(at_ms.unwrap_or(newest_ms));
            let said = staff.read(&message, newest_ms + 1_000);
            if let Said::Events(events) = &said {
                ids.extend(events.iter().map(|event| event.id.clone().unwrap().0));
            }
            told(index + 1, &said)
        })
        .collect();
    assert_eq!(said, EVENTS);
    assert_eq!(ids.len(), said.matches("capacity.reported").count());
    assert!(ids.contains("staffed/billing/2026-08-07T09:04:00Z"));
    let all = format!("{said}{ids:?}{staff:?}");
    for secret in ["Ana", "Ben", "Keller", "@", "arn:", "-id", "012345678901"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[test]
fn nothing_is_told_before_everybody_had_the_time_to_be_heard() {
    let mut staff = staff();
    let told = two_of_billing(&mut staff, 0..12);
    assert_eq!(told, [(180, 2), (300, 2), (600, 2)]);
}

#[test]
fn after_a_silence_nothing_is_told_until_everybody_was_heard_again() {
    let mut staff = staff();
    assert_eq!(two_of_billing(&mut staff, 0..6), [(180, 2)]);
    // Four minutes are missing; then ben is heard first.
    let told = two_of_billing(&mut staff, 9..18);
    assert_eq!(told, [(720, 2), (900, 2)]);
}

#[test]
fn events_that_stood_still_on_their_way_are_a_silence_too() {
    let mut staff = staff();
    assert_eq!(two_of_billing(&mut staff, 0..6), [(180, 2)]);
    // They come all at once, ten minutes late.
    let now_ms = START_MS + 16 * 60_000;
    for minute in 6..16 {
        let agent = if minute % 2 == 0 { "ana" } else { "ben" };
        let message = event(agent, minute * 60_000, "ROUTABLE", &["q-bill"]);
        assert!(reports(&staff.read(&message, now_ms)).is_empty());
    }
}

#[test]
fn who_is_no_longer_heard_is_gone() {
    let mut staff = staff();
    two_of_billing(&mut staff, 0..5);
    let alone = (6..18).step_by(2);
    let told = two_of_billing(&mut staff, alone);
    // Ben was last heard after 2.5 minutes.
    assert_eq!(told, [(300, 2), (600, 2), (660, 1), (900, 1)]);
}

#[test]
fn a_line_that_no_profile_serves_is_unknown_and_not_empty() {
    let mut staff = staff();
    let mut told = Vec::new();
    for minute in 0..8 {
        let agents_own = event("ana", minute * 60_000, "ROUTABLE", &["agent/q-bill"]);
        told.extend(heard(&mut staff, &agents_own));
        let offline = event("ben", minute * 60_000, "OFFLINE", &["Moving"]);
        told.extend(heard(&mut staff, &offline));
    }
    let moving = |at_secs| ("moving".to_owned(), at_secs, 0);
    assert_eq!(told, [moving(180), moving(300)]);
}

#[test]
fn what_did_not_become_durable_is_told_again() {
    let mut staff = staff();
    assert_eq!(two_of_billing(&mut staff, 0..7), [(180, 2), (300, 2)]);
    staff.tell_again();
    assert_eq!(two_of_billing(&mut staff, 7..10), [(360, 2)]);
}

#[test]
fn only_people_who_serve_customers_are_staffed() {
    let with = |status: Value, contacts: Value| {
        let mut message = event("ana", 0, "", &["q-bill"]);
        message["CurrentAgentSnapshot"]["AgentStatus"] = status;
        message["CurrentAgentSnapshot"]["Contacts"] = contacts;
        is_staffed(&message).unwrap()
    };
    let contact = |state: &str, begun: &str| json!([{"State": state, "InitiationMethod": begun}]);
    let lunch = || json!({"Type": "CUSTOM", "Name": "Available"});
    assert!(with(
        json!({"Type": "ROUTABLE", "Name": "Ready"}),
        json!([])
    ));
    assert!(with(json!({"Name": "Available"}), json!(null)));
    for (state, begun, staffed) in [
        ("CONNECTED", "INBOUND", true),
        ("CONNECTED_ONHOLD", "TRANSFER", true),
        ("ENDED", "CALLBACK", true),
        ("MISSED", "INBOUND", false),
        ("CONNECTED", "OUTBOUND", false),
        ("CONNECTED", "MONITOR", false),
    ] {
        assert_eq!(with(lunch(), contact(state, begun)), staffed, "{state}");
        assert!(!with(json!({"Type": "OFFLINE"}), contact(state, begun)));
        assert!(!with(json!({"Name": "Offline"}), contact(state, begun)));
    }
    assert!(!with(lunch(), json!([])));
    assert!(!with(json!({"Name": "Break"}), json!([])));
}

#[test]
fn hostile_events_are_refused_and_move_nothing() {
    let mut staff = staff();
    two_of_billing(&mut staff, 0..6);
    let now_ms = START_MS + 5 * 60_000;
    let ahead = event("mallory", 11 * 60_000, "ROUTABLE", &["q-bill"]);
    let old = event("mallory", -11 * 60_000, "ROUTABLE", &["q-bill"]);
    let mut no_time = event("mallory", 0, "ROUTABLE", &["q-bill"]);
    no_time["EventTimestamp"] = json!(17);
    let mut no_profile = event("mallory", 0, "ROUTABLE", &["q-bill"]);
    no_profile["CurrentAgentSnapshot"] = json!(null);
    let mut no_status = event("mallory", 0, "ROUTABLE", &["q-bill"]);
    no_status["CurrentAgentSnapshot"]["AgentStatus"] = json!({});
    let mut nobody = event("mallory", 0, "ROUTABLE", &["q-bill"]);
    nobody["AgentARN"] = json!("");
    for wrong in [&ahead, &no_time, &no_profile, &no_status, &nobody] {
        let said = staff.read(wrong, now_ms);
        assert!(
            matches!(&said, Said::Refused(why) if why.contains(": ")),
            "{said:?}"
        );
        assert!(!format!("{said:?}").contains("mallory"));
    }
    assert!(matches!(staff.read(&old, now_ms), Said::Ignored(TOO_OLD)));
    assert_eq!(two_of_billing(&mut staff, 6..8), [(300, 2)]);
}

#[test]
fn more_agents_than_are_kept_are_not_told_as_few() {
    let mut staff = staff();
    let mut told = Vec::new();
    for minute in 0..6 {
        for number in 0..=MOST_AGENTS {
            let heard = Heard {
                agent: u64::try_from(number).unwrap(),
                at_ms: START_MS + minute * 60_000,
                profile: Box::new([0]),
                is_staffed: true,
            };
            let now_ms = heard.at_ms;
            let said = staff.take_in(heard, now_ms);
            told.extend(reports(&said));
            assert!(staff.agents.len() <= MOST_AGENTS);
        }
    }
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn what_an_agent_says_between_two_counts_is_bounded() {
    let mut staff = staff();
    for after_ms in 0..1_000 {
        heard(&mut staff, &event("ana", after_ms, "ROUTABLE", &["q-bill"]));
    }
    let kept = staff.agents.values().map(BTreeMap::len);
    assert_eq!(kept.max(), Some(MOST_MOMENTS));
}

/// What an agent is heard to be at some second, and how long the event is on its way.
type Step = (u8, i64, bool, u8, Millis);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..4_u8, 0..1_500_i64, any::<bool>(), 0..4_u8, 0..SETTLED_MS);
    // The last of them is heard all the time, so that there is no silence.
    let watch = (0..1_500_i64).step_by(60).map(|secs| (9, secs, true, 0, 0));
    let watch: Vec<Step> = watch.collect();
    proptest::collection::vec(step, 0..120).prop_map(move |mut steps| {
        steps.extend(&watch);
        steps
    })
}

const QUEUES: [&[&str]; 4] = [&[], &["q-bill"], &["Moving"], &["q-bill", "Moving"]];

/// Everything sorted, and counted at each minute from nothing.
fn oracle(steps: &[Step], first_secs: i64) -> Vec<(String, i64, i64)> {
    let newest = steps.iter().map(|step| step.1).max().unwrap();
    let minutes = (1..).map(|minute| minute * 60);
    let minutes = minutes.take_while(|secs| secs + SETTLED_MS / 1_000 <= newest);
    let mut told = Vec::new();
    let mut before = [None, None];
    for secs in minutes.filter(|secs| *secs >= first_secs + QUIET_MS / 1_000) {
        for (place, (line, queue)) in [("billing", "q-bill"), ("moving", "Moving")]
            .iter()
            .enumerate()
        {
            let serves = |step: &&Step| QUEUES[usize::from(step.3)].contains(queue);
            let until: Vec<&Step> = steps.iter().filter(|step| step.1 <= secs).collect();
            let is_known = until.iter().any(serves);
            let mut count = 0;
            for agent in 0..10 {
                let of_agent = until.iter().filter(|step| step.0 == agent);
                let last_secs = of_agent.clone().map(|step| step.1).max();
                let last = last_secs.filter(|last| *last > secs - GONE_MS / 1_000);
                // Of one instant the event with the most said of lines counts, "billing" being less.
                let said = of_agent.filter(|step| Some(step.1) == last);
                let fullest = said.map(|step| {
                    let lines = [&[][..], &[0], &[1], &[0, 1]][usize::from(step.3)];
                    if step.2 { lines } else { &[] }
                });
                count += i64::from(fullest.max().unwrap_or_default().contains(&place));
            }
            let now = is_known.then_some(count);
            if is_known && (before[place] != now || secs % 300 == 0) {
                told.push(((*line).to_owned(), secs, count));
            }
            before[place] = now;
        }
    }
    told
}

proptest! {
    #[test]
    fn unordered_and_doubled_events_are_counted_as_sorted_ones(
        steps in steps(),
        doubled in proptest::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let mut sent: Vec<Step> = steps.clone();
        sent.extend(doubled.iter().map(|index| *index.get(&steps)));
        // In the order in which they come; those of the watch are never late, so never overtaken.
        sent.sort_by_key(|(_, secs, .., late_ms)| secs * 1_000 + late_ms);
        let mut staff = staff();
        let mut told = Vec::new();
        for (agent, secs, is_ready, queues, late_ms) in &sent {
            let status = if *is_ready { "ROUTABLE" } else { "CUSTOM" };
            let message = event(&agent.to_string(), secs * 1_000, status, QUEUES[usize::from(*queues)]);
            told.extend(reports(&staff.read(&message, START_MS + secs * 1_000 + late_ms)));
        }
        prop_assert_eq!(told, oracle(&steps, sent[0].1));
    }

    #[test]
    fn no_damage_makes_it_panic(bytes in damaged(MESSAGES.as_bytes())) {
        let mut staff = staff();
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Ok(message) = serde_json::from_slice::<Value>(line) {
                let _ = staff.read(&message, START_MS);
            }
        }
    }
}
