//! Editions of a running centre: facts made of its published figures, and the task that brings them
//! out when they are due.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::ToSpan;
use tokio::sync::oneshot;

use super::forecaster::{CARD_DAYS, LEADS};
use crate::clock::Clock;
use crate::domain::card::{Score, Sums};
use crate::domain::centre::Centre;
use crate::domain::edition::compare::{self, Read, TREND_WEEKS, last_year_of};
use crate::domain::edition::facts::{ActionFact, ForecastFact, decimal};
use crate::domain::edition::{Facts, IsoWeek, actions};
use crate::domain::event::Millis;
use crate::domain::impact::Verdict;
use crate::domain::measures::Measure;
use crate::domain::period::{Grain, day_start_ms, local_day};
use crate::domain::published::Series;
use crate::domain::series::WHOLE_CENTRE;
use crate::publish::press::{Drafter, Press};
use crate::site::figures::{Figures, SeriesAsk};
use crate::site::{judge_action, record_ids, target_of};
use crate::store::Store;
use crate::words::finding_words;

/// An edition comes out within this of its second.
const EVERY: Duration = Duration::from_millis(250);

/// What failed is tried again after this.
const AGAIN_AFTER_MS: Millis = 30_000;

/// Scores of fewer cases say nothing.
const FEWEST_CASES: f64 = 30.0;

/// Weeks before the edition's own of all figures: the week before, and four for the mean.
const WEEKS_BACK: i64 = 4;

/// Figures of the daily record that an edition does not have: it has the median wait beside the
/// ninth decile, and how long a talk takes is nobody's promise.
const LEFT_OUT: [&str; 2] = ["wait_mean", "handle_time"];

/// Those that have a trend chart.
const TRENDS: [&str; 8] = [
    "attempts",
    "service_level_customer",
    "service_level",
    "long_wait",
    "abandonment",
    "wait_median",
    "complaints_opened",
    "csat",
];

/// Those that are told of each line.
const OF_LINES: [&str; 7] = [
    "attempts",
    "answered",
    "service_level_customer",
    "service_level",
    "abandonment",
    "long_wait",
    "wait_median",
];

/// Of each cause of complaints.
const OF_CAUSES: [&str; 2] = ["complaints_opened", "complaints_closed"];

/// Makes facts of published figures.
pub struct WeekDrafter {
    centre: Arc<Centre>,
    figures: Arc<dyn Figures>,
    store: Store,
}

/// A figure that is read: which of its series are asked for.
struct Wanted {
    measure: &'static Measure,
    line: String,
    cause: Option<String>,
    weeks_back: i64,
    has_days: bool,
}

impl WeekDrafter {
    /// A drafter over the figures that pages show, and the scores of forecasts in the store.
    #[must_use]
    pub fn new(centre: Arc<Centre>, figures: Arc<dyn Figures>, store: Store) -> Self {
        Self {
            centre,
            figures,
            store,
        }
    }

    fn wanted(&self) -> Vec<Wanted> {
        let known = |id: &&str| Measure::from_id(id).filter(|own| own.finest <= Grain::Week);
        let daily = record_ids().filter(|id| !LEFT_OUT.contains(id));
        let whole = daily.filter_map(|id| {
            let measure = known(&id)?;
            let has_trend = TRENDS.contains(&id);
            Some(Wanted {
                measure,
                line: WHOLE_CENTRE.to_owned(),
                cause: None,
                weeks_back: if has_trend { TREND_WEEKS } else { WEEKS_BACK },
                has_days: measure.finest <= Grain::Day,
            })
        });
        let lines = self.centre.lines.iter().flat_map(|line| {
            let own = OF_LINES.iter().filter_map(&known);
            let own = own.filter(|measure| !measure.whole_centre_only);
            own.map(|measure| Wanted {
                measure,
                line: line.id.clone(),
                cause: None,
                weeks_back: WEEKS_BACK,
                has_days: false,
            })
        });
        let causes = self.centre.causes.iter().flat_map(|cause| {
            let own = OF_CAUSES.iter().filter_map(&known);
            own.map(|measure| Wanted {
                measure,
                line: WHOLE_CENTRE.to_owned(),
                cause: Some(cause.id.clone()),
                weeks_back: WEEKS_BACK,
                has_days: false,
            })
        });
        whole.chain(lines).chain(causes).collect()
    }

    /// The series of a figure: its weeks, that of last year, and its days if it has any.
    fn asks(&self, wanted: &Wanted, week: IsoWeek) -> Vec<SeriesAsk> {
        let days = week.days();
        let last_year = last_year_of(week);
        let first = days.start.saturating_sub(wanted.weeks_back.weeks());
        let mut ranges = vec![
            (Grain::Week, first..days.end),
            (Grain::Week, last_year..last_year.saturating_add(1.week())),
        ];
        if wanted.has_days {
            ranges.push((Grain::Day, days));
        }
        let zone = &self.centre.zone;
        let ask = |(grain, range): (Grain, std::ops::Range<jiff::civil::Date>)| SeriesAsk {
            line: wanted.line.clone(),
            measure: wanted.measure.id,
            cause: wanted.cause.clone(),
            channel: None,
            site: None,
            grain,
            from_ms: day_start_ms(range.start, zone),
            to_ms: day_start_ms(range.end, zone),
        };
        ranges.into_iter().map(ask).collect()
    }

    fn read(
        &self,
        week: IsoWeek,
        wanted: Wanted,
        series: &mut impl Iterator<Item = Series>,
    ) -> Option<Read> {
        let weeks = series.next()?;
        let last_year = series.next()?.points.pop();
        let days = if wanted.has_days {
            series.next()?.points
        } else {
            Vec::new()
        };
        Some(Read {
            breaks: weeks.breaks,
            target: target_of(&self.centre, &wanted.line, wanted.measure.id, &week.days()),
            measure: wanted.measure,
            line: wanted.line,
            cause: wanted.cause,
            weeks: weeks.points,
            last_year,
            days,
        })
    }

    /// How forecasts issued on the day itself turned out in the four weeks up to the week's end.
    async fn forecasts(&self, week: IsoWeek) -> anyhow::Result<Vec<ForecastFact>> {
        let end = week.days().end;
        let scores = self.store.scores(end.saturating_sub(CARD_DAYS.days()), end);
        let mut sums: BTreeMap<String, Score> = BTreeMap::new();
        for (key, score) in scores.await.context("reading the scores of forecasts")? {
            if key.lead == LEADS[0] {
                *sums.entry(key.line).or_default() += &score;
            }
        }
        // What makes forecasts now made those of the last week, not those of a year ago.
        let today = local_day(self.figures.at_ms(), &self.centre.zone);
        let is_last = IsoWeek::containing(today) == week.next();
        let told = self.centre.lines.iter().filter_map(|line| {
            let sum = sums.get(&line.id)?;
            let within = |sums: &Sums| {
                let coverage = sums.coverage().filter(|_| sums.n >= FEWEST_CASES)?;
                decimal((coverage * 1_000.0).round() / 10.0)
            };
            let foresight = self.figures.foresight(&line.id).filter(|_| is_last);
            let fact = ForecastFact {
                line: line.id.clone(),
                model: foresight.map(|own| own.issued.model.clone()),
                contacts_within: within(&sum.contacts),
                waits_within: within(&sum.waits),
            };
            (fact.contacts_within.is_some() || fact.waits_within.is_some()).then_some(fact)
        });
        Ok(told.collect())
    }

    /// What was done about the figures, with the verdicts that were due.
    async fn actions(&self, week: IsoWeek) -> anyhow::Result<Option<Vec<ActionFact>>> {
        let (centre, figures) = (&*self.centre, &*self.figures);
        let zone = &centre.zone;
        let Some(of_week) = actions::of_week(&figures.actions(), week, zone) else {
            return Ok(None);
        };
        let mut told = Vec::with_capacity(of_week.len());
        for own in &of_week {
            let verdict = if actions::is_judged_in(own, week, zone) {
                judge_action(centre, figures, own).await?.verdict(own)
            } else {
                None
            };
            told.push(actions::fact(own, week, verdict.map(Verdict::name)));
        }
        Ok(Some(told))
    }

    async fn make(&self, week: IsoWeek) -> anyhow::Result<Facts> {
        let wanted = self.wanted();
        let asks = wanted.iter().flat_map(|own| self.asks(own, week)).collect();
        let series = self.figures.several(asks).await;
        let mut series = series.context("reading the figures of a week")?.into_iter();
        let read: Option<Vec<Read>> = wanted
            .into_iter()
            .map(|own| self.read(week, own, &mut series))
            .collect();
        let read = read.context("fewer series than were asked for")?;
        let now_ms = self.figures.at_ms();
        let mut facts = compare::facts(week, &self.centre.zone_name, &read, now_ms);
        for finding in &mut facts.findings {
            finding.words = finding_words(finding);
        }
        facts.forecasts = self.forecasts(week).await?;
        facts.actions = self.actions(week).await?;
        Ok(facts)
    }
}

impl Drafter for WeekDrafter {
    fn facts(&self, week: IsoWeek) -> BoxFuture<'_, anyhow::Result<Facts>> {
        self.make(week).boxed()
    }

    fn is_ready(&self, week: IsoWeek) -> bool {
        let unrecorded = self.figures.first_unrecorded();
        unrecorded.is_none_or(|day| day >= week.days().end)
    }
}

/// Turns the press whenever something is due, as long as the server runs; from the beginning or when
/// `begin` is heard.
pub async fn keep(press: Press, clock: Clock, begin: Option<oneshot::Receiver<()>>) {
    if let Some(begin) = begin {
        // Whoever would have said it is gone: it begins all the same.
        let _ = begin.await;
    }
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut due_ms = Millis::MIN;
    let mut last_ms = Millis::MIN;
    loop {
        ticks.tick().await;
        let now_ms = clock.now_ms();
        // Of a clock that was set back nothing is known of what is due.
        if now_ms < due_ms && last_ms <= now_ms {
            last_ms = now_ms;
            continue;
        }
        last_ms = now_ms;
        // Until it is known that nothing was altered, and as long as something was.
        if !press.is_sound() {
            continue;
        }
        due_ms = match press.turn().await {
            Ok(turn) => turn.next_ms.unwrap_or(now_ms + AGAIN_AFTER_MS),
            Err(error) => {
                tracing::error!("the press stands still: {error:#}");
                now_ms + AGAIN_AFTER_MS
            }
        };
    }
}
