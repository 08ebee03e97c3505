//! What a source says of the telephone system it reads.

use rstest::rstest;

use super::*;

/// A source with a format of its own, under a centre with one line.
fn with_source(source: &str) -> Result<Centre, Vec<Mistake>> {
    parse_centre(&format!(
        "name = \"C\"\nzone = \"UTC\"\nhours = {{ mon-fri = \"8:00-18:00\" }}\n\
         [[lines]]\nid = \"billing\"\nname = \"Billing\"\n[[sources]]\nid = \"pbx\"\n{source}"
    ))
}

#[test]
fn chatwoot_and_twilio_promise_no_handle_times() {
    let of = |kind: &str| {
        let source = format!("kind = \"{kind}\"\nqueues = {{ a = \"billing\" }}");
        let secret = if ["amazon_connect", "genesys_cloud"].contains(&kind) {
            ""
        } else {
            "\nsecret_file = \"/t\""
        };
        let centre = with_source(&format!("{source}{secret}")).unwrap();
        centre.sources[0].reports.clone()
    };
    let mut told = of("amazon_connect");
    assert!(told.contains(&Count::Handled));
    let tells =
        |told: &[Count]| told.contains(&Count::Handled) || told.contains(&Count::HandleMsSum);
    assert!(!tells(&of("chatwoot")));
    let twilio = of("twilio_taskrouter");
    told.retain(|count| twilio.contains(count));
    assert_eq!(told, twilio);
    assert!(!tells(&twilio));
    assert!(twilio.contains(&Count::Answered) && twilio.contains(&Count::Transferred));
    assert!(tells(&of("genesys_cloud")));
}

#[test]
fn amazon_connect_may_tell_how_many_are_staffed() {
    let centre = with_source("kind = \"amazon_connect\"\nqueues = { a = \"billing\" }").unwrap();
    assert!(centre.sources[0].may.contains(&EventKind::Capacity));
}

#[test]
fn a_queue_log_needs_its_path_and_its_queues() {
    let centre = with_source(
        "kind = \"asterisk_queue_log\"\npath = \"/var/log/asterisk/queue_log\"\n\
         queues = { \"400\" = \"billing\", \"*\" = \"billing\" }",
    )
    .unwrap();
    let source = &centre.sources[0];
    let feed = source.feed.as_ref().unwrap();
    assert_eq!(
        (feed.line("400"), feed.line("401")),
        (Some("billing"), Some("billing"))
    );
    assert!(source.may.contains(&EventKind::Deflected));
    assert!(!source.may.contains(&EventKind::Attempted));
    assert!(source.reports.contains(&Count::Abandoned));
}

#[rstest]
#[case("127.0.0.1:8021")]
#[case("[::1]:8021")]
#[case("pbx.example.org:8021")]
fn freeswitch_is_listened_to_at_an_address(#[case] address: &str) {
    let centre = with_source(&format!(
        "kind = \"freeswitch_callcenter\"\naddress = \"{address}\"\n\
         secret_file = \"/etc/quietline/freeswitch.password\"\n\
         queues = {{ \"support@default\" = \"billing\" }}"
    ));
    let centre = centre.unwrap();
    let source = &centre.sources[0];
    let feed = source.feed.as_ref().unwrap();
    assert_eq!(feed.address.as_deref(), Some(address));
    assert_eq!(feed.line("support@default"), Some("billing"));
    assert!(source.may.contains(&EventKind::Withdrawn));
    assert!(source.reports.contains(&Count::HandleMsSum));
}

#[rstest]
#[case("kind = \"asterisk\"", &["kind is \"asterisk\"", "write one of: asterisk_queue_log,"])]
#[case(
    "kind = \"asterisk_queuelog\"",
    &["kind is \"asterisk_queuelog\"", "did you mean \"asterisk_queue_log\"?"]
)]
#[case("kind = \"asterisk_queue_log\"", &["path is missing", "queues is missing"])]
#[case(
    "kind = \"asterisk_queue_log\"\npath = \"queue_log\"\nqueues = { a = \"biling\" }",
    &["path is \"queue_log\"", "did you mean \"billing\"?"]
)]
#[case(
    "kind = \"asterisk_queue_log\"\npath = \"/q\"\nqueues = {}",
    &["queues is empty"]
)]
#[case(
    "kind = \"chatwoot\"\nsecret_file = \"/s\"\nqueues = { 3 = \"billing\" }\nlabels = { a = \"b\" }",
    &["labels.a is \"b\""]
)]
#[case(
    "kind = \"chatwoot\"\nsecret_file = \"/s\"\nqueues = { 3 = \"billing\" }\nmay = [\"contact.lost\"]",
    &["may names no event"]
)]
#[case("kind = \"twilio_taskrouter\"", &["secret_file is missing", "queues is missing"])]
#[case(
    "kind = \"twilio_taskrouter\"\nsecret_file = \"token\"\nqueues = { WQ1 = \"biling\" }",
    &["secret_file is \"token\"", "did you mean \"billing\"?"]
)]
#[case(
    "kind = \"twilio_taskrouter\"\nsecret_file = \"/t\"\nqueues = { WQ1 = \"billing\" }\npath = \"/x\"",
    &["path is not a setting"]
)]
#[case("kind = \"genesys_cloud\"", &["queues is missing"])]
#[case(
    "kind = \"freeswitch_callcenter\"",
    &["address is missing", "\"127.0.0.1:8021\"", "secret_file is missing", "queues is missing"]
)]
#[case(
    "kind = \"freeswitch_callcenter\"\naddress = \"pbx\"\nsecret_file = \"/s\"\nqueues = { a = \"billing\" }",
    &["address is \"pbx\"", "write host:port"]
)]
#[case(
    "kind = \"freeswitch_callcenter\"\naddress = \"[::1]:0\"\nsecret_file = \"s\"\nqueues = { a = \"biling\" }",
    &["address is \"[::1]:0\"", "secret_file is \"s\"", "did you mean \"billing\"?"]
)]
#[case(
    "kind = \"chatwoot\"\nsecret_file = \"/s\"\nqueues = { 3 = \"billing\" }\naddress = \"h:1\"",
    &["address is not a setting"]
)]
#[case(
    "kind = \"amazon_connect\"\npath = \"/x\"\nqueues = { 3 = \"billing\" }",
    &["path is not a setting"]
)]
fn mistakes_in_a_format_are_told(#[case] source: &str, #[case] told: &[&str]) {
    let mistakes = with_source(source).unwrap_err();
    let text: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let text = text.join("\n");
    for part in told {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(
        text.lines().all(|line| line.starts_with("centre.toml:")),
        "{text}"
    );
}
