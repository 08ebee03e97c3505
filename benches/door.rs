//! How many events a second pass the door, on one core, by framing.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quietline::config::parse_centre;
use quietline::ingest::body::{Framing, read_body};
use quietline::ingest::door::Door;
use quietline::ingest::keys::KeyMaker;

/// 1999-01-15T12:00:00Z: after the events, before nothing else.
const NOW_MS: i64 = 916_401_600_000;
const EVENTS: u64 = 500;

fn event(number: u64) -> String {
    format!(
        "{{\"specversion\":\"1.0\",\"id\":\"call-{number:06}/offered\",\
         \"source\":\"{{PREFIX}}\",\"type\":\"org.quietline.contact.offered.v1\",\
         \"time\":\"1999-01-15T11:{:02}:{:02}.000Z\",\"subject\":\"call-{number:06}\",\
         \"data\":{{\"line\":\"regular\",\"channel\":\"voice\"}}}}",
        number / 60 % 60,
        number % 60,
    )
}

fn door(criterion: &mut Criterion) {
    let text = include_str!("../tests/fixtures/bank/centre.toml");
    let Ok(centre) = parse_centre(text) else {
        return;
    };
    let door = Door::new(&centre, KeyMaker::new(&[7; 32]));
    let source = &centre.sources[0];
    let Some(threshold) = door.open_to(&source.id, NOW_MS) else {
        return;
    };
    let events: Vec<String> = (0..EVENTS)
        .map(|number| event(number).replace("{PREFIX}", &source.prefix))
        .collect();
    let mut group = criterion.benchmark_group("door");
    group.throughput(Throughput::Elements(EVENTS));
    for (name, framing, body) in [
        ("ndjson", Framing::Lines, events.join("\n")),
        ("batch", Framing::Batch, format!("[{}]", events.join(","))),
    ] {
        let admitted = read_body(framing, body.as_bytes(), threshold).map(|r| r.admitted.len());
        assert_eq!(
            admitted.ok(),
            usize::try_from(EVENTS).ok(),
            "all of them pass"
        );
        group.bench_function(name, |bencher| {
            bencher.iter(|| read_body(framing, black_box(body.as_bytes()), threshold));
        });
    }
    group.finish();
}

criterion_group!(benches, door);
criterion_main!(benches);
