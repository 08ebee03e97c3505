//! Series put together on threads of their own.

use std::num::NonZero;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::civil::Date;

use super::known::Known;
use crate::domain::centre::{Centre, Line};
use crate::domain::event::Millis;
use crate::domain::hours::opening_spans;
use crate::domain::published::Series;
use crate::domain::record::DayRecord;
use crate::domain::series::{Common, Periods, RawData, SeriesRequest, series};

/// Fewer series than this are put together by one thread: another would cost more than it saves.
const MANY: usize = 64;

/// What series are put together of.
pub(super) struct Putting {
    pub(super) centre: Arc<Centre>,
    pub(super) periods: Arc<Periods>,
    pub(super) first_unrecorded: Option<Date>,
    /// Days in order, for each of the needs.
    pub(super) read: Vec<Vec<Arc<DayRecord>>>,
    pub(super) known: Arc<Known>,
    pub(super) now_ms: Millis,
}

impl Putting {
    /// All series, each with the place of its days. Deciding what is withheld of a year of hours, or
    /// all figures of two years, keeps a processor busy for a while: many are shared by several.
    pub(super) async fn all(
        self,
        requests: Vec<(SeriesRequest, usize)>,
    ) -> anyhow::Result<Vec<Series>> {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let threads = processors.min(requests.len() / MANY).max(1);
        let share = requests.len().div_ceil(threads).max(1);
        let own = Arc::new(self);
        let shares: Vec<_> = requests.chunks(share).map(<[_]>::to_vec).collect();
        let shares = shares.into_iter().map(|requests| {
            let own = Arc::clone(&own);
            tokio::task::spawn_blocking(move || own.share(&requests))
        });
        let done = futures_util::future::try_join_all(shares.collect::<Vec<_>>()).await;
        Ok(done.context("putting series together")?.concat())
    }

    fn share(&self, requests: &[(SeriesRequest, usize)]) -> Vec<Series> {
        let common = Common::default();
        let hours = |line: &Line, day: Date| opening_spans(line, day, &self.centre.zone);
        let put_together = |(request, place): &(SeriesRequest, usize)| {
            let raw = RawData {
                records: &self.read[*place],
                coverage: &self.known.coverage,
                hours: &hours,
                finest: &self.known.finest,
                now_ms: self.now_ms,
                first_unrecorded: self.first_unrecorded,
                periods: &self.periods,
                common: &common,
            };
            series(request, &raw, &self.centre)
        };
        requests.iter().map(put_together).collect()
    }
}
