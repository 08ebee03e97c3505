//! The page, complete without a script.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;

use super::callers::{Ten, Went, ten};
use super::conserved::{Verdict, check};
use super::draw::{self, Drawn, Trend};
use super::figure::Figure;
use super::range::{Asked, Choice};
use super::record::{COMPLAINTS, FLOW, Record, SATISFACTION, SIDES, Spread, WAITS};
use super::rows::{
    CauseRow, PurposeRow, Row, Section, against, backlogs, causes, channels, other_days, purposes,
    range_words, row, section, value,
};
use crate::domain::analysis::known;
use crate::domain::facts::Scale;
use crate::domain::period::Grain;
use crate::domain::published::Mark;
use crate::domain::series::WHOLE_CENTRE;
use crate::site::Site;
use crate::site::error::Error;
use crate::site::history::measure_name;
use crate::site::page::{Page, Visitor, answer, encoded, html};
use crate::words::{PerformanceWords, Told, Words, record_sentence};

/// Much is withheld of a line where it is one figure of so many.
const MUCH: usize = 4;

#[derive(Template)]
#[template(path = "performance.html")]
struct Performance {
    page: Page,
    p: &'static PerformanceWords,
    sentence: String,
    line_name: String,
    /// text, address, whether it is the one that is shown.
    choices: Vec<(&'static str, String, bool)>,
    form: Form,
    /// address, text, whether it is the one that is shown.
    lines: Vec<(String, String, bool)>,
    whole: Option<String>,
    sides: Vec<Side>,
    sides_against: [String; 2],
    ten: Option<TenView>,
    sections: Vec<Section>,
    channels: Vec<Row>,
    channels_against: [String; 2],
    /// address, text: days of which more is told of a line.
    told_by_month: Option<(String, String)>,
    purposes: Vec<PurposeRow>,
    purposes_against: [String; 2],
    has_shares: bool,
    causes: Vec<CauseRow>,
    causes_against: [String; 2],
    causes_days: Option<String>,
    has_causes: bool,
    shares: Drawn,
    pareto: Option<[String; 2]>,
    trends: Vec<Trend>,
    trend: Drawn,
    spreads: Vec<SpreadView>,
    backlogs: Vec<(String, String)>,
    /// the sum, what came of it, parts that nobody reports.
    conserved: Vec<(String, String, String)>,
    received: Vec<(&'static str, String)>,
    json: String,
    history: String,
}

struct Form {
    from: String,
    to: String,
    /// value, text, chosen.
    lines: Vec<(String, String, bool)>,
}

/// One side of the promise.
struct Side {
    title: &'static str,
    row: Row,
    target: String,
    rule: String,
}

struct TenView {
    of: String,
    /// class, what it is called, callers, how many of the ten.
    ways: Vec<(&'static str, &'static str, String, u8)>,
    /// class of each of the ten figures.
    figures: Vec<&'static str>,
    beside: Vec<(&'static str, String)>,
}

struct SpreadView {
    title: &'static str,
    of: String,
    /// scores, answers, percent in words, percent in a number.
    shares: Vec<(String, String, String, String)>,
}

/// The page.
pub async fn show(State(site): State<Site>, visitor: Visitor) -> Response {
    let result = compose(&site, &visitor).await;
    answer(&site, &visitor, result)
}

async fn compose(site: &Site, visitor: &Visitor) -> Result<Response, Error> {
    let words = visitor.words();
    let p = &words.performance;
    let asked = Asked::read(site, visitor).await?;
    let record = Record::read(site, asked).await?;
    let asked = &record.asked;
    let page = Page::new(site, visitor, p.title);
    let first_share = record.figure("share_information");
    let first_count = record.figure("purpose_information");
    let first_cause = record.causes.first().map(|(_, both)| &both[0]);
    let causes = causes(site, &record, words);
    let (trends, trend) = draw::trends(site, &record, words).await?;
    let other = first_cause.filter(|one| one.days != asked.days);
    html(&Performance {
        p,
        sentence: sentence(&record, words),
        line_name: line_name(site, &asked.line, words),
        choices: choices(&page, asked, words),
        lines: lines(site, &page, asked, words),
        form: form(site, asked, words),
        whole: (!asked.is_whole_centre()).then(|| of_line(&page, asked, WHOLE_CENTRE)),
        sides: sides(site, &record, words),
        sides_against: against(record.figure(SIDES[0]), words),
        ten: ten(&record).map(|ten| ten_view(&ten, words)),
        sections: sections(&record, words),
        channels: channels(&record, words),
        channels_against: against(record.channels.first(), words),
        told_by_month: told_by_month(&page, &record, words),
        purposes: purposes(&record, words),
        purposes_against: against(first_share.or(first_count), words),
        has_shares: first_share.is_some(),
        shares: draw::purposes(site, asked, words).await?,
        pareto: draw::pareto(&causes, words)?,
        trends,
        trend,
        causes,
        causes_against: against(first_cause, words),
        causes_days: other.map(|one| other_days(&one.days, words)),
        has_causes: asked.is_whole_centre(),
        spreads: record
            .spreads
            .iter()
            .map(|spread| spread_view(spread, words))
            .collect(),
        backlogs: backlog_words(site, asked, words),
        conserved: conserved(&record, words),
        received: received(&record, words),
        json: address("/api/v1/performance", asked, asked.choice),
        history: page.link(&format!("/history?line={}", encoded(&asked.line))),
        page,
    })
}

fn sections(record: &Record, words: &'static Words) -> Vec<Section> {
    let p = &words.performance;
    let lists: [(_, &[&str]); 4] = [
        (("waits", p.waits_title), &WAITS),
        (("contacts", p.flow_title), &FLOW),
        (("complaints", p.complaints_title), &COMPLAINTS),
        (("satisfaction", p.satisfaction_title), &SATISFACTION),
    ];
    lists
        .into_iter()
        .map(|(heading, ids)| section(heading, record, ids, words))
        .collect()
}

fn sentence(record: &Record, words: &'static Words) -> String {
    let asked = &record.asked;
    let said = |id: &str| {
        let figure = record.figure(id)?;
        known(&figure.now.point)?;
        Some(value(figure, &figure.now.point, words))
    };
    let attempts = record.figure("attempts");
    let attempts = attempts.and_then(|figure| known(&figure.now.point));
    let told = Told {
        days: range_words(&asked.days, words),
        is_running: asked.is_running(),
        attempts: attempts.map(|attempts| words.number(attempts, 0)),
        customer: said(SIDES[0]),
        company: said(SIDES[1]),
    };
    record_sentence(words, &told)
}

fn line_name(site: &Site, line: &str, words: &Words) -> String {
    let name = site.line_name(line, words.lang);
    name.unwrap_or(words.whole_centre).to_owned()
}

/// The address of the record of some days and a line.
fn address(path: &str, asked: &Asked, choice: Choice) -> String {
    let mut query = vec![format!("period={}", choice.name())];
    if choice == Choice::Own {
        query.push(format!("from={}&to={}", asked.days.start, asked.last()));
    }
    if !asked.is_whole_centre() {
        query.push(format!("line={}", encoded(&asked.line)));
    }
    format!("{path}?{}", query.join("&"))
}

fn choices(page: &Page, asked: &Asked, words: &Words) -> Vec<(&'static str, String, bool)> {
    let p = &words.performance;
    let of = |choice: Choice| match choice {
        Choice::Yesterday => p.yesterday,
        Choice::Week => p.week,
        Choice::Month => p.month,
        Choice::Own => p.own,
    };
    let fixed = Choice::ALL
        .into_iter()
        .filter(|choice| *choice != Choice::Own || asked.choice == Choice::Own);
    fixed
        .map(|choice| {
            let address = page.link(&address("/performance", asked, choice));
            (of(choice), address, choice == asked.choice)
        })
        .collect()
}

/// The newest whole month, for a line of which much is withheld in the days that are shown.
fn told_by_month(page: &Page, record: &Record, words: &Words) -> Option<(String, String)> {
    let asked = &record.asked;
    let month = |first: Date| first..Grain::Month.next_first_day(first);
    let is_month = asked.days == month(asked.days.start.first_of_month());
    if asked.is_whole_centre() || is_month {
        return None;
    }
    let figures = record.figures(&SIDES);
    let figures = figures
        .chain(record.figures(&WAITS))
        .chain(record.figures(&FLOW));
    let marks: Vec<_> = figures.map(|figure| figure.now.point.mark).collect();
    let withheld = marks.iter().filter(|mark| **mark == Some(Mark::Withheld));
    if withheld.count() * MUCH < marks.len() {
        return None;
    }
    let own = asked.last().first_of_month();
    let days = if month(own).end <= asked.today {
        month(own)
    } else {
        month(own.saturating_sub(1.month()))
    };
    let text = range_words(&days, words);
    let other = Asked {
        days,
        ..asked.clone()
    };
    Some((
        page.link(&address("/performance", &other, Choice::Own)),
        text,
    ))
}

/// The same days of another line.
fn of_line(page: &Page, asked: &Asked, line: &str) -> String {
    let other = Asked {
        line: line.to_owned(),
        ..asked.clone()
    };
    page.link(&address("/performance", &other, asked.choice))
}

fn lines(site: &Site, page: &Page, asked: &Asked, words: &Words) -> Vec<(String, String, bool)> {
    let ids = std::iter::once(WHOLE_CENTRE.to_owned()).chain(site.line_ids());
    ids.map(|id| {
        let is_chosen = id == asked.line;
        (
            of_line(page, asked, &id),
            line_name(site, &id, words),
            is_chosen,
        )
    })
    .collect()
}

fn form(site: &Site, asked: &Asked, words: &Words) -> Form {
    let ids = std::iter::once(WHOLE_CENTRE.to_owned()).chain(site.line_ids());
    let lines = ids.map(|id| {
        let (name, is_chosen) = (line_name(site, &id, words), id == asked.line);
        (id, name, is_chosen)
    });
    Form {
        from: asked.days.start.to_string(),
        to: asked.last().min(asked.today).to_string(),
        lines: lines.collect(),
    }
}

fn sides(site: &Site, record: &Record, words: &'static Words) -> Vec<Side> {
    let p = &words.performance;
    let lines = site.centre().lines.iter();
    let lines: Vec<_> = lines
        .filter(|line| record.asked.is_whole_centre() || line.id == record.asked.line)
        .collect();
    let time = |secs: fn(&crate::domain::centre::ServiceLevel) -> i64| {
        let held = lines
            .iter()
            .flat_map(|line| line.services_in(&record.asked.days));
        let mut times = held.map(secs);
        let first = times.next();
        let same = first.filter(|first| times.all(|other| other == *first));
        same.map_or_else(
            || p.differs_by_line.to_owned(),
            |secs| words.with_unit(&words.count(secs), words.unit_seconds),
        )
    };
    let rules = [
        (
            p.customer_side,
            time(|own| own.promise_secs),
            p.from_first_ring,
        ),
        (p.company_side, time(|own| own.threshold_secs), p.from_queue),
    ];
    let figures = SIDES.iter().zip(rules);
    figures
        .filter_map(|(id, (title, time, rule))| {
            let figure = record.figure(id)?;
            Some(Side {
                title,
                target: target(figure, words),
                rule: format!("{} {time} {rule}", p.within),
                row: row(&record.asked, figure, words),
            })
        })
        .collect()
}

fn target(figure: &Figure, words: &Words) -> String {
    let p = &words.performance;
    match figure.target {
        Some(target) => {
            let target = words.with_unit(&words.number(target, 0), words.unit_percent);
            format!("{}: {target}", p.target)
        }
        None => p.no_target.to_owned(),
    }
}

fn ten_view(ten: &Ten, words: &Words) -> TenView {
    let p = &words.performance;
    let look = |went: Went| match went {
        Went::Told(way) => (way.name(), p.way(way)),
        Went::Answered => ("answered_soon", p.answered),
        Went::Untold => ("untold", p.untold),
    };
    let ways = ten.ways.iter().map(|(went, callers, figures)| {
        let (class, name) = look(*went);
        (class, name, words.count(*callers), *figures)
    });
    let figures = ten
        .ways
        .iter()
        .flat_map(|(went, _, figures)| std::iter::repeat_n(look(*went).0, usize::from(*figures)));
    let names = [p.self_served, p.still_open, p.unexplained];
    let beside = names.into_iter().zip(ten.beside);
    TenView {
        of: words.count(ten.of),
        ways: ways.collect(),
        figures: figures.collect(),
        beside: beside
            .map(|(name, count)| {
                let count = count.map_or_else(|| words.no_value.to_owned(), |n| words.count(n));
                (name, count)
            })
            .collect(),
    }
}

fn spread_view(spread: &Spread, words: &Words) -> SpreadView {
    let p = &words.performance;
    let shares = spread.shares.iter().flatten().map(|share| {
        let (from, to) = share.scores.clone().into_inner();
        let scores = if from == to {
            from.to_string()
        } else {
            format!("{from}–{to}")
        };
        let percent = words.with_unit(&words.number(share.percent, 1), words.unit_percent);
        (
            scores,
            words.count(share.answers),
            percent,
            format!("{:.1}", share.percent),
        )
    });
    SpreadView {
        title: match spread.scale {
            Scale::Csat => p.csat_spread,
            Scale::Nps => p.nps_spread,
            Scale::Ces => p.ces_spread,
        },
        of: format!("{} {}", p.spread_of, range_words(&spread.days, words)),
        shares: shares.collect(),
    }
}

/// What waits in the written channels, in words.
pub fn backlog_words(site: &Site, asked: &Asked, words: &Words) -> Vec<(String, String)> {
    let p = &words.performance;
    let said = backlogs(site, asked).into_iter().map(|backlog| {
        let text = match (backlog.oldest, backlog.waiting, backlog.waiting_below) {
            (Some(day), Some(waiting), _) if waiting > 0 => format!(
                "{} {} ({} {})",
                p.answering,
                words.long_date(day),
                words.count(waiting),
                p.still_open
            ),
            (Some(day), _, _) => format!("{} {}", p.answering, words.long_date(day)),
            (None, Some(0), _) => p.backlog_none.to_owned(),
            (None, _, Some(_)) => p.backlog_few.to_owned(),
            (None, _, None) => p.backlog_unknown.to_owned(),
        };
        (line_name(site, &backlog.line, words), text)
    });
    said.collect()
}

fn conserved(record: &Record, words: &Words) -> Vec<(String, String, String)> {
    let p = &words.performance;
    let names = |ids: &[&str], joint: &str| {
        let names: Vec<String> = ids.iter().map(|id| measure_name(id, words)).collect();
        names.join(joint)
    };
    let rows = check(record).into_iter().map(|one| {
        let said = match one.verdict {
            Verdict::AddsUp => p.adds_up.to_owned(),
            Verdict::Off(off) => format!("{}: {}", p.off_by, words.count(off)),
            Verdict::Withheld => p.cannot_check.to_owned(),
            Verdict::NotKnown => p.not_known.to_owned(),
        };
        let unreported = if one.unreported.is_empty() {
            String::new()
        } else {
            format!("{} {} [x]", p.unreported, names(&one.unreported, ", "))
        };
        let sum = format!("{} = {}", names(&[one.total], ""), names(one.parts, " + "));
        (sum, said, unreported)
    });
    rows.collect()
}

fn received(record: &Record, words: &Words) -> Vec<(&'static str, String)> {
    let p = &words.performance;
    let received = record.received;
    let counts = [
        (p.received, received.received),
        (p.counted, received.counted),
        (p.duplicate, received.duplicate),
        (p.orphaned, received.orphaned),
        (p.rejected, received.rejected),
    ];
    counts
        .into_iter()
        .map(|(name, count)| (name, words.count(count)))
        .collect()
}
