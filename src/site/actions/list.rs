//! The page of all actions by state, or of those of one owner.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::civil::Date;

use super::judge::{Finding, judge};
use super::look::{self, Writer};
use crate::domain::action::{Action, State as Stands, Turn};
use crate::domain::impact::Verdict;
use crate::domain::period::local_day;
use crate::site::Site;
use crate::site::api::{A_TICK, tagged};
use crate::site::error::{Error, Why};
use crate::site::page::{Page, Visitor, answer, encoded};
use crate::words::{ActionWords, Words};

#[derive(Template)]
#[template(path = "actions.html")]
struct List {
    page: Page,
    a: &'static ActionWords,
    owner: Option<OwnerView>,
    is_empty: bool,
    /// Title of the group, its actions.
    groups: Vec<(&'static str, Vec<Card>)>,
    json: String,
}

struct OwnerView {
    name: String,
    /// What is counted, how many.
    promises: Vec<(&'static str, String)>,
    verdicts: Vec<(&'static str, String)>,
}

struct Card {
    link: String,
    title: String,
    owner: String,
    owner_link: String,
    what: String,
    expected: String,
    start: String,
    due: String,
    class: &'static str,
    verdict: &'static str,
    effect: String,
    note: &'static str,
}

/// The page.
pub async fn show(State(site): State<Site>, visitor: Visitor, headers: HeaderMap) -> Response {
    let result = compose(&site, &visitor, &headers).await;
    answer(&site, &visitor, result)
}

async fn compose(site: &Site, visitor: &Visitor, request: &HeaderMap) -> Result<Response, Error> {
    let words = visitor.words();
    let a = &words.action;
    let today = today(site);
    let owner = read_owner(site, visitor)?;
    let mut judged = judged(site, owner.as_deref()).await?;
    judged.sort_by_key(|(own, _)| order(own, today));
    let page = Page::new(site, visitor, a.title);
    let group = |state: Stands| {
        let own = judged.iter().filter(|(own, _)| own.state(today) == state);
        let cards: Vec<Card> = own
            .map(|(own, finding)| card(site, &page, (own, finding), words))
            .collect();
        (a.state(state), cards)
    };
    let groups = Stands::ALL.map(group).into_iter();
    let groups = groups.filter(|(_, cards)| !cards.is_empty()).collect();
    let query = owner
        .as_ref()
        .map_or_else(String::new, |owner| format!("?owner={}", encoded(owner)));
    let view = List {
        a,
        is_empty: judged.is_empty(),
        groups,
        json: format!("/api/v1/actions{query}"),
        owner: owner.map(|name| owner_view(site, name, &judged, words)),
        page,
    };
    let text = view.render();
    let text = text.map_err(|error| anyhow::Error::new(error).context("rendering a page"))?;
    Ok(tagged(text, "text/html; charset=utf-8", A_TICK, request))
}

/// The local day it is.
#[must_use]
pub fn today(site: &Site) -> Date {
    local_day(site.figures().at_ms(), &site.centre().zone)
}

/// The owner asked for.
///
/// # Errors
/// Names those there are, if that one answers for nothing.
pub fn read_owner(site: &Site, visitor: &Visitor) -> Result<Option<String>, Error> {
    let Some(owner) = visitor.parameter("owner") else {
        return Ok(None);
    };
    let known = owners(site);
    if known.contains(&owner) {
        return Ok(Some(owner));
    }
    Err(Error::BadParameter {
        name: "owner",
        why: Why::NotOneOfThese,
        known,
    })
}

/// Everyone who answers for an action, in the order of their names.
#[must_use]
pub fn owners(site: &Site) -> Vec<String> {
    let actions = site.figures().actions();
    let mut owners: Vec<String> = actions.iter().map(|own| own.facts.owner.clone()).collect();
    owners.sort_unstable();
    owners.dedup();
    owners
}

/// The actions of an owner, or all, with what was found of each.
///
/// # Errors
/// When the figures cannot be had.
pub async fn judged(site: &Site, owner: Option<&str>) -> Result<Vec<(Action, Finding)>, Error> {
    let actions = site.figures().actions();
    let wanted = |own: &&Action| owner.is_none_or(|owner| own.facts.owner == owner);
    let mut judged = Vec::new();
    for own in actions.iter().filter(wanted) {
        judged.push((own.clone(), judge(site, own).await?));
    }
    Ok(judged)
}

/// What is due first stands first; what is over, the newest.
fn order(own: &Action, today: Date) -> (Stands, i64) {
    let state = own.state(today);
    let day = |day: Date| (day - Date::ZERO).get_days().into();
    let place = match state {
        Stands::Overdue | Stands::Started => day(own.facts.due),
        Stands::Registered => day(own.facts.start),
        Stands::Done => -own.at(Turn::Done).unwrap_or_default(),
        Stands::Withdrawn => -own.at(Turn::Withdrawn).unwrap_or_default(),
    };
    (state, place)
}

fn card(
    site: &Site,
    page: &Page,
    (own, finding): (&Action, &Finding),
    words: &'static Words,
) -> Card {
    let a = &words.action;
    let facts = &own.facts;
    let (class, verdict) = look::verdict(own, finding, words);
    let writer = Writer::of(own, None, words);
    let figure = look::figure(own, words);
    let segment = look::segment(site, own, words);
    Card {
        link: page.link(&format!("/actions/{}", own.id)),
        title: own.title(words.lang.code()).to_owned(),
        owner: facts.owner.clone(),
        owner_link: page.link(&owner_address(&facts.owner)),
        what: format!("{figure}, {segment}"),
        expected: look::expected(own, words),
        start: words.long_date(facts.start),
        due: words.long_date(facts.due),
        class,
        verdict,
        effect: finding
            .impact()
            .map_or_else(String::new, |impact| writer.effect(impact)),
        note: if own.is_start_missed(today(site)) {
            a.start_missed
        } else {
            ""
        },
    }
}

/// Where the actions of an owner are.
#[must_use]
pub fn owner_address(owner: &str) -> String {
    format!("/actions?owner={}", encoded(owner))
}

fn owner_view(
    site: &Site,
    name: String,
    judged: &[(Action, Finding)],
    words: &'static Words,
) -> OwnerView {
    let a = &words.action;
    let (today, zone) = (today(site), &site.centre().zone);
    let count = |is_such: &dyn Fn(&Action) -> bool| {
        let count = judged.iter().filter(|(own, _)| is_such(own)).count();
        words.count(i64::try_from(count).unwrap_or(i64::MAX))
    };
    let is = |own: &Action, state: Stands| own.state(today) == state;
    let is_late = |own: &Action| own.is_late(today, zone);
    let is_running = |own: &Action| is(own, Stands::Started) || is(own, Stands::Registered);
    let promises = vec![
        (a.kept, count(&|own| is(own, Stands::Done) && !is_late(own))),
        (a.late, count(&is_late)),
        (a.running, count(&is_running)),
        (a.given_up, count(&|own| is(own, Stands::Withdrawn))),
    ];
    let verdicts = Verdict::ALL.map(|verdict| {
        let mut count = 0;
        for (own, finding) in judged {
            count += i64::from(finding.verdict(own) == Some(verdict));
        }
        (a.verdict(verdict), words.count(count))
    });
    OwnerView {
        name,
        promises,
        verdicts: verdicts.into(),
    }
}
