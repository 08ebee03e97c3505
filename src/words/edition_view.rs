//! Facts and comments of an edition as their readers see them: texts only, for the pages of
//! everybody and of the staff alike.

use jiff::ToSpan;

use super::{Words, cell_words, figure_words};
use crate::domain::action::State;
use crate::domain::centre::Centre;
use crate::domain::edition::Facts;
use crate::domain::edition::comment::{Block, Piece, Said};
use crate::domain::edition::facts::Figure;
use crate::domain::edition::sceptic::{Doubt, doubts};
use crate::domain::impact::Verdict;

/// Figures that are told day by day on the page; all are in the JSON.
const BY_DAY: [&str; 5] = [
    "attempts",
    "answered",
    "service_level_customer",
    "service_level",
    "wait_median",
];

/// The facts of an edition in words.
pub struct EditionView {
    /// Nothing is known of the week.
    pub is_empty: bool,
    /// What stands out.
    pub findings: Vec<String>,
    /// Figures of the whole centre.
    pub rows: Vec<FigureRow>,
    /// Names of the days.
    pub days: Vec<String>,
    /// Name and seven values.
    pub by_day: Vec<(String, Vec<String>)>,
    /// Names of the figures that lines have.
    pub line_heads: Vec<String>,
    /// Name and a value for each of those.
    pub lines: Vec<(String, Vec<String>)>,
    /// Cause, figure, this week, the week before.
    pub causes: Vec<[String; 4]>,
    /// What is known of actions; none while none are registered.
    pub actions: Vec<String>,
    /// Line, and how good its forecasts were.
    pub forecasts: Vec<(String, String)>,
    /// Days told, closed, unreliable and missing.
    pub completeness: String,
    /// The sum, and what came of it.
    pub conserved: Vec<(String, String)>,
    /// Values that were revised.
    pub revised: usize,
    /// Definitions that changed.
    pub breaks: Vec<String>,
}

/// One figure of the whole centre.
pub struct FigureRow {
    /// Id of its measure.
    pub id: String,
    /// Its public name.
    pub name: String,
    /// The week.
    pub value: String,
    /// The week before, with what changed.
    pub before: String,
    /// Last year, with what changed.
    pub last_year: String,
    /// The four weeks before.
    pub four_weeks: String,
    /// The target.
    pub target: String,
}

/// A paragraph, or a list.
pub struct BlockView {
    /// Whether it is a list.
    pub is_list: bool,
    /// Its items; a paragraph has one.
    pub items: Vec<Vec<PieceView>>,
}

/// Text of one look.
pub struct PieceView {
    /// What is written.
    pub text: String,
    /// `*so*`
    pub is_emphasised: bool,
    /// `**so**`
    pub is_strong: bool,
    /// Where it leads.
    pub link: Option<String>,
    /// No figure says so.
    pub is_unsupported: bool,
}

fn measure_name(words: &Words, id: &str) -> String {
    let named = words.measures.of(id);
    named.map_or_else(|| id.to_owned(), |named| named.name.to_owned())
}

/// The facts in words.
#[must_use]
pub fn edition_view(words: &'static Words, centre: &Centre, facts: &Facts) -> EditionView {
    let code = words.lang.code();
    let line_name = |id: &str| {
        let line = centre.line(id);
        line.map_or_else(
            || id.to_owned(),
            |line| line.name.in_language(code).to_owned(),
        )
    };
    let days = (0..7).map(|offset: i64| facts.from.saturating_add(offset.days()));
    let findings = facts.findings.iter();
    let findings = findings.filter_map(|own| own.words.get(code).or(own.words.values().next()));
    let (line_heads, lines) = lines_of(words, facts, &line_name);
    EditionView {
        is_empty: !facts.has_data(),
        findings: findings.cloned().collect(),
        rows: facts
            .figures
            .iter()
            .map(|own| figure_row(words, own))
            .collect(),
        days: days
            .map(|day| format!("{} {}", words.weekday_short(day), day.day()))
            .collect(),
        by_day: by_day(words, facts),
        line_heads,
        lines,
        causes: causes_of(words, centre, facts),
        actions: actions_of(words, facts),
        forecasts: forecasts_of(words, facts, &line_name),
        completeness: completeness(words, facts),
        conserved: conserved(words, facts),
        revised: facts.revised_cells,
        breaks: breaks(words, facts),
    }
}

/// Title, state and verdict.
fn actions_of(words: &Words, facts: &Facts) -> Vec<String> {
    let a = &words.action;
    let said = facts.actions.iter().flatten().map(|own| {
        let title = own.title.get(words.lang.code());
        let title = title.or(own.title.values().next()).unwrap_or(&own.id);
        let state = State::ALL
            .into_iter()
            .find(|state| state.name() == own.state);
        let state = state.map_or(own.state.as_str(), |state| a.state(state));
        let verdict = Verdict::ALL
            .into_iter()
            .find(|verdict| own.verdict.as_deref() == Some(verdict.name()));
        match verdict {
            Some(verdict) => format!("{title}: {state} · {}", a.verdict(verdict)),
            None => format!("{title}: {state}"),
        }
    });
    said.collect()
}

fn by_day(words: &Words, facts: &Facts) -> Vec<(String, Vec<String>)> {
    let told = BY_DAY.iter().filter_map(|id| facts.figure(id));
    let told = told.filter(|own| !own.days.is_empty());
    let row = |own: &Figure| {
        let cells = own.days.iter();
        let cells = cells.map(|cell| cell_words(words, &own.unit, cell));
        (measure_name(words, &own.measure), cells.collect())
    };
    told.map(row).collect()
}

fn breaks(words: &Words, facts: &Facts) -> Vec<String> {
    let said = facts.breaks.iter().map(|own| {
        let e = &words.edition;
        let since = own.version.map_or_else(
            || e.threshold_since.to_owned(),
            |version| e.version_since.replace("{}", &version.to_string()),
        );
        let name = measure_name(words, &own.measure);
        format!("{name}: {since} {}", own.since)
    });
    said.collect()
}

fn figure_row(words: &Words, own: &Figure) -> FigureRow {
    let p = &words.performance;
    let with = |cell, change: &Option<String>| {
        let value = cell_words(words, &own.unit, cell);
        match change.as_deref() {
            Some("up") => format!("{value} ({})", p.higher),
            Some("down") => format!("{value} ({})", p.lower),
            Some(_) => format!("{value} ({})", p.unclear),
            None => value,
        }
    };
    let number = |text: &Option<String>| {
        let value = text.as_ref().and_then(|text| text.parse().ok());
        value.map_or_else(
            || words.no_value.to_owned(),
            |value| figure_words(words, &own.unit, value),
        )
    };
    FigureRow {
        id: own.measure.clone(),
        name: measure_name(words, &own.measure),
        value: cell_words(words, &own.unit, &own.value),
        before: with(&own.before, &own.change),
        last_year: with(&own.last_year, &own.change_last_year),
        four_weeks: number(&own.four_weeks),
        target: number(&own.target),
    }
}

fn lines_of(
    words: &Words,
    facts: &Facts,
    name: &dyn Fn(&str) -> String,
) -> (Vec<String>, Vec<(String, Vec<String>)>) {
    let mut measures: Vec<&str> = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    for own in &facts.lines {
        if !measures.contains(&own.measure.as_str()) {
            measures.push(&own.measure);
        }
        if !lines.contains(&own.line.as_str()) {
            lines.push(&own.line);
        }
    }
    let value = |line: &str, measure: &str| {
        let own = facts.lines.iter();
        let mut own = own.filter(|own| own.line == line && own.measure == measure);
        own.next()
            .map_or_else(String::new, |own| cell_words(words, &own.unit, &own.value))
    };
    let heads = measures.iter().map(|id| measure_name(words, id)).collect();
    let rows = lines.iter().map(|line| {
        let values = measures.iter().map(|measure| value(line, measure));
        (name(line), values.collect())
    });
    (heads, rows.collect())
}

fn causes_of(words: &Words, centre: &Centre, facts: &Facts) -> Vec<[String; 4]> {
    let row = |own: &Figure| {
        let id = own.cause.as_deref().unwrap_or_default();
        let cause = centre.cause(id);
        let name = cause.map_or(id, |cause| cause.name.in_language(words.lang.code()));
        [
            name.to_owned(),
            measure_name(words, &own.measure),
            cell_words(words, &own.unit, &own.value),
            cell_words(words, &own.unit, &own.before),
        ]
    };
    facts.causes.iter().map(row).collect()
}

fn forecasts_of(
    words: &Words,
    facts: &Facts,
    name: &dyn Fn(&str) -> String,
) -> Vec<(String, String)> {
    let e = &words.edition;
    let percent = |text: &Option<String>, what: &str| {
        let value = text.as_ref()?.parse().ok()?;
        Some(format!("{} {what}", figure_words(words, "percent", value)))
    };
    let row = |own: &crate::domain::edition::facts::ForecastFact| {
        let said = [
            percent(&own.contacts_within, e.contacts_within),
            percent(&own.waits_within, e.waits_within),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        (name(&own.line), said.join(", "))
    };
    facts.forecasts.iter().map(row).collect()
}

fn completeness(words: &Words, facts: &Facts) -> String {
    let e = &words.edition;
    let known = &facts.completeness;
    let said = [
        (known.told, e.days_told),
        (known.closed, e.days_closed),
        (known.unreliable, e.days_unreliable),
        (known.missing, e.days_missing),
    ];
    let said = said.into_iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> = said
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    said.join(", ")
}

fn conserved(words: &Words, facts: &Facts) -> Vec<(String, String)> {
    let e = &words.edition;
    let row = |own: &crate::domain::edition::facts::Conserved| {
        let parts: Vec<String> = own.parts.iter().map(|id| measure_name(words, id)).collect();
        let said = match own.state.as_str() {
            "adds_up" => e.adds_up.to_owned(),
            "withheld" => e.withheld.to_owned(),
            "not_known" => e.not_known.to_owned(),
            _ => format!("{} {}", e.off_by, words.count(own.difference.unwrap_or(0))),
        };
        let sum = format!(
            "{} = {}",
            measure_name(words, &own.total),
            parts.join(" + ")
        );
        (sum, said)
    };
    facts.conservation.iter().map(row).collect()
}

/// A comment as it is read: figures in braces filled in, claims without support marked.
#[must_use]
pub fn comment_view(words: &Words, facts: &Facts, blocks: &[Block]) -> Vec<BlockView> {
    let piece = |own: &Piece| {
        let text = match &own.said {
            Said::Figure(id) => facts.figure(id).map_or_else(
                || own.text.clone(),
                |figure| cell_words(words, &figure.unit, &figure.value),
            ),
            _ => own.text.clone(),
        };
        PieceView {
            text,
            is_emphasised: own.look.is_emphasised,
            is_strong: own.look.is_strong,
            link: own.look.link.clone(),
            is_unsupported: own.said == Said::Unsupported,
        }
    };
    let pieces = |own: &Vec<Piece>| own.iter().map(piece).collect::<Vec<_>>();
    let block = |own: &Block| match own {
        Block::Paragraph(own) => BlockView {
            is_list: false,
            items: vec![pieces(own)],
        },
        Block::List(items) => BlockView {
            is_list: true,
            items: items.iter().map(pieces).collect(),
        },
    };
    blocks.iter().map(block).collect()
}

/// What a sceptic would ask, in words.
#[must_use]
pub fn doubt_words(words: &Words, facts: &Facts) -> Vec<String> {
    let e = &words.edition;
    let names = |ids: &[String]| {
        let names: Vec<String> = ids.iter().map(|id| measure_name(words, id)).collect();
        names.join(", ")
    };
    let said = doubts(facts).into_iter().map(|own| match own {
        Doubt::TwoPoints(ids) => format!("{} {}", e.two_points, names(&ids)),
        Doubt::FewCases(ids) => format!("{} {}", e.few_cases, names(&ids)),
        Doubt::MissingDays(count) => format!("{} {count}", e.missing_days),
        Doubt::ChangedDefinitions(ids) => format!("{} {}", e.changed_definitions, names(&ids)),
    });
    said.collect()
}
