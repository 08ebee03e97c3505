//! Complaints and satisfaction seen from outside: events in, published figures out.

use quietline::clock::Clock;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Kind, MONDAY_NINE, Spawned, fresh_db};

const BATCH: &str = "application/cloudevents-batch+json";
const DAY_MS: i64 = 86_400_000;

fn wire(subject: &str, kind: &str, at: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": format!("{subject}-{kind}-{}", data["scale"]),
        "source": "urn:small:pbx",
        "type": format!("org.quietline.{kind}.v1"),
        "subject": subject,
        "time": at,
        "data": data,
    })
}

/// Forty calls of Monday morning. All are asked how it was: 30 are satisfied, 10 are not, and those
/// ten complain, all but one of them about their bill.
fn monday() -> Vec<Value> {
    let of_call = |n: u32| {
        let subject = format!("call-{n}");
        let at = "2026-11-02T08:00:00Z";
        let score = if n < 10 { 2 } else { 5 };
        let mut events = vec![
            wire(&subject, "contact.offered", at, &json!({"line": "billing"})),
            wire(&subject, "contact.answered", at, &json!({})),
            wire(&subject, "contact.surveyed", at, &json!({})),
            wire(
                &subject,
                "contact.scored",
                at,
                &json!({"scale": "csat", "score": score}),
            ),
        ];
        if n < 10 {
            let cause = if n == 0 { "other" } else { "billing" };
            events.push(wire(
                &subject,
                "complaint.opened",
                at,
                &json!({"cause": cause}),
            ));
        }
        events
    };
    (0..40).flat_map(of_call).collect()
}

async fn point(app: &Spawned, query: &str) -> (Value, Value, Value) {
    let path = format!("/api/v1/series?from=2026-11-02&to=2026-11-09&{query}");
    let answer = app.json(&path).await;
    let point = &answer["points"][0];
    (
        point["value"].clone(),
        point["n"].clone(),
        point["mark"].clone(),
    )
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn complaints_and_answers_that_are_posted_are_published_when_the_day_is_over(
    #[case] kind: Kind,
) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let answer = app.post(BATCH, Value::from(monday()).to_string()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(
        (&body["accepted"], &body["rejected"]),
        (&json!(170), &json!([]))
    );
    let opened = "measure=complaints_opened&grain=day";
    assert_eq!(
        point(&app, opened).await.0,
        Value::Null,
        "the day is not over"
    );

    app.clock.set(MONDAY_NINE + 20 * DAY_MS);
    let (value, n, _) = point(&app, opened).await;
    assert_eq!((value, n), (json!(10), json!(10)));
    for cause in ["billing", "other"] {
        let (value, n, mark) = point(&app, &format!("{opened}&cause={cause}")).await;
        let withheld = (Value::Null, Value::Null, json!("c"));
        assert_eq!((value, n, mark), withheld, "9 and 1 of 10");
    }
    let (value, n, _) = point(&app, "measure=csat").await;
    assert_eq!(
        (value, n),
        (json!(75), json!(40)),
        "by week without being asked"
    );
    let (value, ..) = point(&app, "measure=complaints_per_thousand&grain=day").await;
    assert_eq!(value, json!(250));
    let (value, ..) = point(&app, "measure=complaints_quick&grain=day").await;
    assert_eq!(value, json!(0), "none was closed");
    app.stop().await;
}

/// Forty-two calls of Monday: 20 answered in the town, 12 by the partner, and 10 late, which tell no
/// site. Every other one is solved.
fn monday_by_site() -> Vec<Value> {
    let of_call = |n: u32| {
        let subject = format!("call-{n}");
        let (site, answered) = match n {
            0..20 => (json!({"site": "town"}), "2026-11-02T08:00:10Z"),
            20..32 => (json!({"site": "dial"}), "2026-11-02T08:01:00Z"),
            _ => (json!({}), "2026-11-02T08:10:00Z"),
        };
        let at = "2026-11-02T08:00:00Z";
        let solved = json!({"resolved": n.is_multiple_of(2)});
        [
            wire(&subject, "contact.offered", at, &json!({"line": "billing"})),
            wire(&subject, "contact.answered", answered, &site),
            wire(&subject, "contact.resolved", answered, &solved),
        ]
    };
    (0..42).flat_map(of_call).collect()
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn who_answered_is_published_when_the_day_is_over_and_adds_up(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let mut events = monday_by_site();
    let nowhere = json!({"site": "mars"});
    events.push(wire(
        "call-0",
        "contact.answered",
        "2026-11-02T08:00:10Z",
        &nowhere,
    ));
    let answer = app.post(BATCH, Value::from(events).to_string()).await;
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["accepted"], 126);
    assert_eq!(body["rejected"][0]["reason"], "unknown_site", "{body}");
    let of = |site: &str, measure: &str| format!("measure={measure}&grain=day&site={site}");
    let (value, ..) = point(&app, &of("town", "answered")).await;
    assert_eq!(value, Value::Null, "the day is not over");

    app.clock.set(MONDAY_NINE + 20 * DAY_MS);
    for (site, measure, value, n) in [
        ("town", "answered", 20, 20),
        ("dial", "answered", 12, 12),
        ("untold", "answered", 10, 10),
        ("former", "answered", 0, 0),
        ("dial", "answered_soon", 100, 12),
        ("untold", "answered_soon", 0, 10),
        ("town", "resolution", 50, 20),
    ] {
        let told = point(&app, &of(site, measure)).await;
        assert_eq!(
            (told.0, told.1),
            (json!(value), json!(n)),
            "{site} {measure}"
        );
    }
    let csv = app.url("/api/v1/series?measure=answered&site=dial&format=csv");
    let csv = app.client.get(csv).send().await.unwrap();
    let name = csv.headers()["content-disposition"].to_str().unwrap();
    assert!(name.contains("answered-dial-day.csv"), "{name}");

    let days = "period=own&from=2026-11-02&to=2026-11-02";
    let record = app.json(&format!("/api/v1/performance?{days}")).await;
    let sites = record["sites"].as_array().unwrap().iter();
    let told: Vec<Value> = sites
        .map(|own| json!([own["site"], own["figures"][0]["value"]]))
        .collect();
    let adds_up = [
        json!(["town", 20.0]),
        json!(["dial", 12.0]),
        json!(["untold", 10.0]),
    ];
    assert_eq!(told, adds_up);
    assert_eq!(record["sites"][1]["kind"], "partner");
    let page = app.client.get(app.url(&format!("/performance?{days}")));
    let page = page.send().await.unwrap().text().await.unwrap();
    let section = page.split("id=\"sites\"").nth(1).unwrap();
    let section = section.split("</section>").next().unwrap();
    for text in [
        "Dial House",
        "a partner",
        "28.6%",
        "Not told where",
        "All answered",
    ] {
        assert!(section.contains(text), "{text}: {section}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_published_is_refused_with_its_remedy() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    for (query, parameter, remedy) in [
        ("measure=csat&grain=day", "grain", "week, month"),
        ("measure=share_idea&line=billing", "line", "whole centre"),
        ("measure=csat&cause=billing", "cause", "told by cause"),
        (
            "measure=complaints_opened&cause=weather",
            "cause",
            "product, delivery",
        ),
        ("measure=attempts&site=town", "site", "by site"),
        (
            "measure=answered&site=town&line=billing",
            "site",
            "whole centre",
        ),
        ("measure=answered&site=town&grain=hour", "site", "by day"),
        (
            "measure=answered&site=mars",
            "site",
            "town, dial, former, untold",
        ),
        (
            "measure=resolution&site=untold",
            "site",
            "town, dial, former",
        ),
        (
            "measure=complaints_opened&cause=other&line=billing",
            "cause",
            "whole centre",
        ),
    ] {
        let url = app.url(&format!("/api/v1/series?{query}"));
        let answer = app.client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["parameter"], parameter, "{query}");
        let known = problem["known"].as_array().into_iter().flatten();
        let known: Vec<&str> = known.filter_map(Value::as_str).collect();
        let told = format!("{} {}", problem["detail"], known.join(", "));
        assert!(told.contains(remedy), "{query}: {problem}");
    }
    let page = app
        .client
        .get(app.url("/history?measure=share_idea&line=billing"));
    let page = page.send().await.unwrap();
    assert_eq!(
        page.status(),
        StatusCode::OK,
        "a page shows the whole centre instead"
    );
    for path in ["/method", "/history?measure=csat", "/chart.svg?measure=nps"] {
        let page = app.client.get(app.url(path)).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK, "{path}");
    }
    app.stop().await;
}
