//! What whoever looks after the program may ask, on a port of its own: `/metrics`.

use std::fs;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::ingest::writer::WriterHandle;
use crate::live::hub::Hub;
use crate::meter::{Exposition, float};
use crate::publish::standing::{self, Standing};
use crate::store::Store;

/// The format of the answer.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is asked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Gauges {
    /// The database.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    /// The live feed.
    pub hub: Hub,
    /// The queue of the writer.
    pub writer: WriterHandle,
    /// How the record stands, by the parts that run now; none where no log is kept.
    pub standing: watch::Receiver<Option<Standing>>,
}

/// The addresses of the operations port.
pub fn router(gauges: Gauges) -> Router {
    Router::new()
        .route("/metrics", get(show))
        .with_state(gauges)
}

async fn show(State(gauges): State<Gauges>) -> Response {
    match gauges.expose().await {
        Ok(text) => ([(header::CONTENT_TYPE, TEXT)], text).into_response(),
        Err(error) => {
            tracing::error!("reading what the metrics tell: {error}");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

impl Gauges {
    async fn expose(&self) -> sqlx::Result<String> {
        let mut told = Exposition::default();
        told.family("quietline_build_info", "gauge", "The version that runs.");
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        told.value("quietline_build_info", &version, 1.0);
        self.tell_events(&mut told).await?;
        self.tell_feed(&mut told);
        self.tell_record(&mut told).await?;
        told.only(
            "quietline_database_bytes",
            "gauge",
            "Size of the database on the disk.",
            float(self.store.size_bytes().await?),
        );
        told.counted();
        tell_process(&mut told);
        Ok(told.into_text())
    }

    async fn tell_events(&self, told: &mut Exposition) -> sqlx::Result<()> {
        const EVENTS: &str = "quietline_events_total";
        const AGE: &str = "quietline_source_age_seconds";
        told.family(
            EVENTS,
            "counter",
            "Events received ever, by what became of them.",
        );
        for (source, count) in self.store.ingest_counts().await? {
            for (outcome, number) in [
                ("counted", count.counted),
                ("duplicate", count.duplicate),
                ("orphaned", count.orphaned),
                ("rejected", count.rejected),
            ] {
                let number = float(u64::try_from(number).unwrap_or(0));
                told.value(EVENTS, &[("source", &source), ("outcome", outcome)], number);
            }
        }
        told.family(
            AGE,
            "gauge",
            "Since a source was last known to have told everything.",
        );
        let now_ms = self.clock.now_ms();
        for (source, span) in self.store.last_live_spans().await? {
            let age_ms = u64::try_from(now_ms - span.end_ms).unwrap_or(0);
            told.value(AGE, &[("source", &source)], float(age_ms) / 1_000.0);
        }
        let (waiting, most) = self.writer.waiting();
        told.only(
            "quietline_batches_waiting",
            "gauge",
            "Batches that wait to be written.",
            float(waiting as u64),
        );
        told.only(
            "quietline_batches_waiting_limit",
            "gauge",
            "With so many waiting, senders are turned away.",
            float(most as u64),
        );
        Ok(())
    }

    fn tell_feed(&self, told: &mut Exposition) {
        let listening = self.hub.listening() as u64;
        told.only(
            "quietline_listeners",
            "gauge",
            "Who listens to the live feed.",
            float(listening),
        );
        let frame = self.hub.newest();
        let frames = frame.as_ref().map_or(0, |frame| frame.seq);
        told.only(
            "quietline_frames_total",
            "counter",
            "Frames of the live feed.",
            float(frames),
        );
        if let Some(frame) = frame {
            let age_ms = u64::try_from(self.clock.now_ms() - frame.at_ms).unwrap_or(0);
            told.only(
                "quietline_frame_age_seconds",
                "gauge",
                "Since the newest frame; a second when all is well.",
                float(age_ms) / 1_000.0,
            );
        }
    }

    async fn tell_record(&self, told: &mut Exposition) -> sqlx::Result<()> {
        const STATE: &str = "quietline_record_state";
        let Some(standing) = self.standing.borrow().clone() else {
            return Ok(());
        };
        told.family(
            STATE,
            "gauge",
            "How the public record stands: 1 at its state.",
        );
        let state = state_name(&standing.state());
        for name in ["unchecked", "sound", "key_missing", "long_pause", "broken"] {
            told.value(STATE, &[("state", name)], float(u64::from(name == state)));
        }
        told.only(
            "quietline_record_leaves",
            "gauge",
            "Leaves of the public record.",
            float(self.store.log_size().await?),
        );
        Ok(())
    }
}

fn state_name(state: &standing::State) -> &'static str {
    match state {
        standing::State::Unchecked => "unchecked",
        standing::State::Sound => "sound",
        standing::State::KeyMissing(_) => "key_missing",
        standing::State::LongPause(_) => "long_pause",
        standing::State::Broken(_) => "broken",
    }
}

/// Memory and files of the process, where the system tells.
fn tell_process(told: &mut Exposition) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let resident = resident.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    if let Some(kib) = resident {
        told.only(
            "process_resident_memory_bytes",
            "gauge",
            "Memory in use.",
            float(kib * 1_024),
        );
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        told.only(
            "process_open_fds",
            "gauge",
            "Open files and connections.",
            float(files.count() as u64),
        );
    }
}
