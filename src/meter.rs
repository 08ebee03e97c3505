//! What the program counts about itself while it runs: plain numbers, of nobody in particular.
//! They begin at nothing with each start.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

/// Upper bounds of the time of a commit, milliseconds.
const BOUNDS_MS: [u64; 12] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

/// How long commits took.
pub static COMMITS: Histogram = Histogram::new();

/// Kinds of addresses, each with the beginnings of its paths; `page` is all the others.
const CLASSES: [(&str, &[&str]); 8] = [
    ("ingest", &["/ingest", "/webhooks/"]),
    ("live", &["/api/v1/live", "/api/v1/now", "/fragment/"]),
    (
        "api",
        &["/api/", "/openapi.json", "/.well-known/", "/now.txt"],
    ),
    ("chart", &["/chart."]),
    ("asset", &["/assets/", "/favicon"]),
    ("desk", &["/desk"]),
    ("log", &["/log/"]),
    ("probe", &["/healthz", "/readyz"]),
];

/// Hundreds of a status: 1xx to 5xx.
const STATUSES: usize = 5;

static REQUESTS: [[AtomicU64; STATUSES]; CLASSES.len() + 1] =
    [const { [const { AtomicU64::new(0) }; STATUSES] }; CLASSES.len() + 1];

/// How often something took how long.
#[derive(Debug)]
pub struct Histogram {
    counts: [AtomicU64; BOUNDS_MS.len() + 1],
    sum_us: AtomicU64,
}

impl Histogram {
    const fn new() -> Self {
        Self {
            counts: [const { AtomicU64::new(0) }; BOUNDS_MS.len() + 1],
            sum_us: AtomicU64::new(0),
        }
    }

    /// Counts one.
    pub fn observe(&self, took: Duration) {
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bin = BOUNDS_MS.partition_point(|bound| took_us > bound * 1_000);
        self.counts[bin].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(took_us, Ordering::Relaxed);
    }
}

/// Counts an answer by the kind of its address and the hundreds of its status.
pub async fn count_request(request: Request, next: Next) -> Response {
    let class = class_of(request.uri().path());
    let answer = next.run(request).await;
    let hundreds = usize::from(answer.status().as_u16() / 100);
    let status = hundreds.clamp(1, STATUSES) - 1;
    REQUESTS[class][status].fetch_add(1, Ordering::Relaxed);
    answer
}

fn class_of(path: &str) -> usize {
    let is_of = |(_, starts): &(&str, &[&str])| starts.iter().any(|start| path.starts_with(start));
    CLASSES.iter().position(is_of).unwrap_or(CLASSES.len())
}

/// A text in the format of Prometheus (0.0.4).
#[derive(Debug, Default)]
pub struct Exposition(String);

impl Exposition {
    /// Begins a family of values: `gauge`, `counter` or `histogram`.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// A value of the family, told apart by labels.
    pub fn value(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let mut told = String::new();
        for (label, text) in labels {
            let text = text
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            let comma = if told.is_empty() { "" } else { "," };
            let _ = write!(told, "{comma}{label}=\"{text}\"");
        }
        if !told.is_empty() {
            told = format!("{{{told}}}");
        }
        let _ = writeln!(self.0, "{name}{told} {value}");
    }

    /// A family of one value.
    pub fn only(&mut self, name: &str, kind: &str, help: &str, value: f64) {
        self.family(name, kind, help);
        self.value(name, &[], value);
    }

    /// Requests and commits since the start.
    pub fn counted(&mut self) {
        self.family(
            "quietline_requests_total",
            "counter",
            "Answers by kind of address and status.",
        );
        let names = CLASSES.iter().map(|(name, _)| *name).chain(["page"]);
        for (name, statuses) in names.zip(&REQUESTS) {
            for (hundreds, count) in (1..).zip(statuses) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let status = format!("{hundreds}xx");
                    let labels = [("class", name), ("status", status.as_str())];
                    self.value("quietline_requests_total", &labels, float(count));
                }
            }
        }
        self.histogram(
            "quietline_commit_seconds",
            "How long it took to make events durable.",
            &COMMITS,
        );
    }

    fn histogram(&mut self, name: &str, help: &str, of: &Histogram) {
        self.family(name, "histogram", help);
        let mut below = 0;
        let bucket = format!("{name}_bucket");
        let bounds = BOUNDS_MS
            .iter()
            .map(|bound| (float(*bound) / 1_000.0).to_string());
        for (bound, count) in bounds.chain(["+Inf".to_owned()]).zip(&of.counts) {
            below += count.load(Ordering::Relaxed);
            self.value(&bucket, &[("le", &bound)], float(below));
        }
        let sum = float(of.sum_us.load(Ordering::Relaxed)) / 1_000_000.0;
        self.value(&format!("{name}_sum"), &[], sum);
        self.value(&format!("{name}_count"), &[], float(below));
    }

    /// The whole text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

/// Counts are far below 2^52.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart_by_what_costs_alike() {
        let class = |path| {
            CLASSES
                .get(class_of(path))
                .map_or("page", |(name, _)| *name)
        };
        assert_eq!(class("/ingest/v1/events"), "ingest");
        assert_eq!(class("/api/v1/live/ws"), "live");
        assert_eq!(class("/api/v1/series"), "api");
        assert_eq!(class("/chart.png"), "chart");
        assert_eq!(class("/desk/login"), "desk");
        assert_eq!(class("/line/billing"), "page");
    }

    #[test]
    fn a_histogram_is_told_by_what_took_at_most_so_long() {
        let histogram = Histogram::new();
        for took_us in [900, 1_000, 1_001, 9_000_000] {
            histogram.observe(Duration::from_micros(took_us));
        }
        let mut told = Exposition::default();
        told.histogram("x", "Help.", &histogram);
        let told = told.into_text();
        for line in [
            "# TYPE x histogram",
            "x_bucket{le=\"0.001\"} 2",
            "x_bucket{le=\"0.002\"} 3",
            "x_bucket{le=\"5\"} 3",
            "x_bucket{le=\"+Inf\"} 4",
            "x_sum 9.002901",
            "x_count 4",
        ] {
            assert!(told.lines().any(|own| own == line), "{line} in {told}");
        }
    }

    #[test]
    fn a_label_cannot_break_out_of_its_quotes() {
        let mut told = Exposition::default();
        told.value("x", &[("a", "b\"\\\nc"), ("d", "e")], 1.5);
        assert_eq!(told.into_text(), "x{a=\"b\\\"\\\\\\nc\",d=\"e\"} 1.5\n");
    }
}
