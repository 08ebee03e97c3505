//! The reading side: pages, API, pictures, assets. Complete without JavaScript; a visitor costs no query.
//!
//! Takes `Published` values and frames through [`figures::Figures`]; knows neither SQL nor sources.

mod actions;
mod analysed;
mod answer;
mod api;
mod assets;
mod asyncapi;
mod badge;
mod beside;
mod cache;
mod calendar;
mod columns;
mod contact_wait;
pub mod data;
mod editions;
mod embed;
pub mod error;
mod events;
mod facts;
pub mod figures;
#[cfg(test)]
pub mod fixture;
mod forecasts;
mod headers;
mod history;
mod home;
mod limits;
mod line;
mod method;
mod oembed;
mod openapi;
mod page;
mod performance;
mod picture;
mod promises;
pub mod public_url;
mod purpose;
mod quiet;
mod quiet_feed;
mod remind;
mod small;
mod strip;
#[cfg(test)]
mod tests;
mod verify;
mod ways;
mod week;
mod window;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tower_http::compression::CompressionLayer;

use crate::domain::centre::{Centre, Channel, Line};
use crate::domain::event::Millis;
use crate::words::{Clock, Lang, Words};
pub use actions::find as judge_action;
use assets::Assets;
use cache::Ticks;
use error::{Error, Why};
use figures::Figures;
pub use headers::{open_to_all, preflight, secure};
pub use performance::record_ids;
pub use promises::target_of;

/// Everything the reading side needs. Cheap to clone.
#[derive(Clone)]
pub struct Site {
    inner: Arc<Inner>,
}

struct Inner {
    centre: Arc<Centre>,
    figures: Arc<dyn Figures>,
    languages: Vec<Lang>,
    assets: Assets,
    ticks: Ticks,
    compared: events::Memo,
    judged: actions::Memo,
    shelf: data::Shelf,
    signer: Option<Arc<dyn data::Signer>>,
}

impl Site {
    /// The site of a centre, told by its figures.
    #[must_use]
    pub fn new(centre: Arc<Centre>, figures: Arc<dyn Figures>) -> Self {
        Self::signed_by(centre, figures, None)
    }

    /// The same, whose checksums are signed.
    #[must_use]
    pub fn signed_by(
        centre: Arc<Centre>,
        figures: Arc<dyn Figures>,
        signer: Option<Arc<dyn data::Signer>>,
    ) -> Self {
        let mut languages: Vec<Lang> = centre
            .languages
            .iter()
            .filter_map(|code| Lang::from_code(code))
            .collect();
        if languages.is_empty() {
            languages.push(Lang::En);
        }
        Self {
            inner: Arc::new(Inner {
                centre,
                figures,
                languages,
                assets: Assets::load(),
                ticks: Ticks::default(),
                compared: events::Memo::default(),
                judged: actions::Memo::default(),
                shelf: data::Shelf::default(),
                signer,
            }),
        }
    }

    fn centre(&self) -> &Centre {
        &self.inner.centre
    }

    fn figures(&self) -> &dyn Figures {
        &*self.inner.figures
    }

    /// Languages of the pages; the first is the default. Never empty.
    fn languages(&self) -> &[Lang] {
        &self.inner.languages
    }

    /// Addresses of the style sheets for the pages of the staff.
    #[must_use]
    pub fn desk_styles(&self) -> [String; 2] {
        let assets = self.assets();
        [assets.style.clone(), assets.desk_style.clone()]
    }

    fn assets(&self) -> &Assets {
        &self.inner.assets
    }

    fn ticks(&self) -> &Ticks {
        &self.inner.ticks
    }

    fn compared(&self) -> &events::Memo {
        &self.inner.compared
    }

    fn judged(&self) -> &actions::Memo {
        &self.inner.judged
    }

    /// The files of open data that were made.
    fn shelf(&self) -> &data::Shelf {
        &self.inner.shelf
    }

    /// Who signs the checksums of open data, where there is a public log.
    fn signer(&self) -> Option<&dyn data::Signer> {
        self.inner.signer.as_deref()
    }

    fn clock(&self, words: &'static Words) -> Clock<'_> {
        Clock {
            words,
            zone: &self.inner.centre.zone,
        }
    }

    /// The public name of a line.
    fn line_name(&self, id: &str, lang: Lang) -> Option<&str> {
        let line = self.centre().line(id)?;
        Some(line.name.in_language(lang.code()))
    }

    /// The line of an id.
    ///
    /// # Errors
    /// Without one the known ones are named.
    fn line(&self, id: &str) -> Result<&Line, Error> {
        self.centre().line(id).ok_or_else(|| Error::BadParameter {
            name: "line",
            why: Why::UnknownLine,
            known: self.line_ids(),
        })
    }

    /// The line that is asked for, else the first.
    ///
    /// # Errors
    /// As [`Site::line`].
    fn line_or_first(&self, asked: Option<&str>) -> Result<&Line, Error> {
        let first = self.centre().lines.first();
        let first = first.map_or("", |line| line.id.as_str());
        self.line(asked.unwrap_or(first))
    }

    /// The channels of its lines.
    fn channels(&self) -> Vec<Channel> {
        let lines = &self.centre().lines;
        let is_there = |channel: &Channel| lines.iter().any(|line| line.channels.contains(channel));
        Channel::ALL.into_iter().filter(is_there).collect()
    }

    /// Ids of all lines, for the remedy of a wrong one.
    fn line_ids(&self) -> Vec<String> {
        self.centre()
            .lines
            .iter()
            .map(|line| line.id.clone())
            .collect()
    }
}

/// All pages, the reading API, pictures and assets. The live feed and `/api/v1/now` are `live`'s.
pub fn router(site: Site) -> Router {
    // These are kept rendered and compressed, so no layer compresses them again.
    let ready_made = Router::new()
        .route("/", get(home::show))
        .route("/fragment/now", get(home::show_fragment))
        .route("/line/{id}", get(line::show))
        .route("/embed/now", get(embed::show))
        .route("/assets/{*path}", get(small::asset))
        .route("/favicon.svg", get(small::asset))
        .route("/healthz", get(small::healthz))
        .route("/readyz", get(small::readyz))
        .route("/robots.txt", get(small::robots))
        .route("/remind.ics", get(remind::show))
        .route("/quiet.ics", get(quiet_feed::show))
        .route("/events.ics", get(events::feed));
    let for_programs = Router::new()
        .route("/api/v1/series", get(api::series))
        .route("/api/v1/series.csv-metadata.json", get(api::csv_metadata))
        .route("/api/v1/week", get(api::week))
        .route("/api/v1/forecast", get(forecasts::forecast))
        .route("/api/v1/forecast/score", get(forecasts::score))
        .route("/api/v1/definitions", get(api::definitions))
        .route("/api/v1/events", get(events::api))
        .route("/api/v1/performance", get(performance::api))
        .route("/api/v1/actions", get(actions::api))
        .route("/api/v1/editions", get(editions::api))
        .route("/openapi.json", get(openapi::show))
        .route("/asyncapi.json", get(asyncapi::show))
        .route("/schema/contact-wait.json", get(asyncapi::contact_wait))
        .route("/oembed", get(oembed::show))
        .route("/badge.svg", get(badge::show))
        .layer(CompressionLayer::new())
        .route("/now.txt", get(small::now_txt))
        .route("/.well-known/contact-wait.json", get(contact_wait::show))
        .layer(axum::middleware::map_response(headers::open_to_all));
    let made_when_asked = Router::new()
        .route("/history", get(history::show))
        .route("/method", get(method::show))
        .route("/data", get(data::show))
        .route("/verify", get(verify::show))
        .route("/performance", get(performance::show))
        .route("/actions", get(actions::list))
        .route("/actions/{id}", get(actions::show))
        .route("/events", get(events::show))
        .route("/editions", get(editions::show))
        .route("/editions.ics", get(editions::calendar))
        .route("/editions.atom", get(editions::atom))
        .route("/editions/{name}", get(editions::edition))
        .route("/editions/{week}/{name}", get(editions::version))
        .route("/chart.svg", get(picture::svg))
        .route("/chart.png", get(picture::png))
        .layer(CompressionLayer::new());
    ready_made
        .merge(open_data())
        .merge(made_when_asked)
        .merge(for_programs)
        .fallback(small::no_such_page)
        .method_not_allowed_fallback(small::method_not_allowed)
        .layer(axum::middleware::map_response(headers::secure))
        .with_state(site)
}

/// The files of open data, which are kept compressed, and what describes them.
fn open_data() -> Router<Site> {
    let describing = Router::new()
        .route("/data/catalog.jsonld", get(data::catalogue))
        .route("/data/dataset.jsonld", get(data::dataset))
        .route("/data/changes.json", get(data::changes))
        .route("/data/all.csv-metadata.json", get(data::described))
        .route("/data/SHA256SUMS", get(data::checksums))
        .layer(CompressionLayer::new());
    Router::new()
        .route("/data/all.csv.gz", get(data::everything))
        .route("/data/SHA256SUMS.sig", get(data::signature))
        .route("/data/key.pem", get(data::key))
        .route("/data/{year}/{file}", get(data::file))
        .merge(describing)
        .layer(axum::middleware::map_response(headers::open_to_all))
}

/// An instant of a frame; none if it cannot be read.
fn instant_ms(text: &str) -> Option<Millis> {
    let instant = text.parse::<jiff::Timestamp>().ok()?;
    Some(instant.as_millisecond())
}
