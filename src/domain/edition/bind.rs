//! What a comment claims, held against the figures: a number is bound to one of them or marked as
//! not supported, and so are strong words about what shows no signal.

use super::comment::{Block, Fault, Piece, Said};
use super::facts::{Cell, Facts, Figure};

/// Words that claim more than a number does, in all languages. A star stands for any ending.
const STRONG: [&str; 23] = [
    "record*",
    "significant*",
    "dramatic*",
    "massive*",
    "unprecedented",
    "historic*",
    "best",
    "worst",
    "remarkabl*",
    "substantial*",
    "considerabl*",
    "clearly",
    "tremendous*",
    "significati*",
    "spectaculair*",
    "considérabl*",
    "nettement",
    "historique*",
    "inédit*",
    "meilleur*",
    "pire*",
    "remarquabl*",
    "exceptionnel*",
];

/// Beginnings of the months' names, in all languages: what stands beside them is a date.
const MONTHS: [&str; 20] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "fév",
    "avr", "mai", "juin", "juil", "aoû", "déc", "1er",
];

/// Words after which a number is a year or a week.
const BEFORE_DATES: [&str; 8] = [
    "week", "semaine", "in", "en", "since", "depuis", "year", "année",
];

/// Binds all numbers and strong words of a comment.
///
/// # Errors
/// Figures in braces that the edition does not have.
pub fn bind(blocks: Vec<Block>, facts: &Facts) -> Result<Vec<Block>, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut own = |pieces: Vec<Piece>| pieces_of(pieces, facts, &mut faults);
    let bound = blocks.into_iter().map(|block| match block {
        Block::Paragraph(pieces) => Block::Paragraph(own(pieces)),
        Block::List(items) => Block::List(items.into_iter().map(&mut own).collect()),
    });
    let bound = bound.collect();
    if faults.is_empty() {
        Ok(bound)
    } else {
        Err(faults)
    }
}

/// Whether anything in a comment is not supported.
#[must_use]
pub fn is_supported(blocks: &[Block]) -> bool {
    let is_sound = |pieces: &Vec<Piece>| pieces.iter().all(|own| own.said != Said::Unsupported);
    blocks.iter().all(|block| match block {
        Block::Paragraph(pieces) => is_sound(pieces),
        Block::List(items) => items.iter().all(is_sound),
    })
}

fn pieces_of(pieces: Vec<Piece>, facts: &Facts, faults: &mut Vec<Fault>) -> Vec<Piece> {
    let mut bound = Vec::new();
    for piece in pieces {
        for (text, said) in claims(&piece.text, facts, faults) {
            bound.push(Piece {
                text: text.to_owned(),
                look: piece.look.clone(),
                said,
            });
        }
    }
    // A strong word stands where a figure beside it shows a signal.
    let measures: Vec<String> = bound
        .iter()
        .filter_map(|own| measure_of(&own.said))
        .collect();
    let has_signal = facts
        .findings
        .iter()
        .any(|own| measures.contains(&own.measure));
    if has_signal {
        for piece in &mut bound {
            if piece.said == Said::Unsupported
                && !piece.text.starts_with(|c: char| c.is_ascii_digit())
            {
                piece.said = Said::Plain;
            }
        }
    }
    bound
}

fn measure_of(said: &Said) -> Option<String> {
    match said {
        Said::Figure(measure) | Said::Bound(measure) => Some(measure.clone()),
        Said::Plain | Said::Unsupported => None,
    }
}

/// A text cut where something is claimed.
fn claims<'t>(text: &'t str, facts: &Facts, faults: &mut Vec<Fault>) -> Vec<(&'t str, Said)> {
    let mut cut = Vec::new();
    let mut plain = 0;
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let (length, said) = if letter == '{' {
            in_braces(&text[at..], facts, faults)
        } else if letter.is_ascii_digit() {
            number(text, at, facts)
        } else if letter.is_alphabetic() {
            word(&text[at..])
        } else {
            (letter.len_utf8(), Said::Plain)
        };
        if said != Said::Plain {
            if plain < at {
                cut.push((&text[plain..at], Said::Plain));
            }
            cut.push((&text[at..at + length], said));
            plain = at + length;
        }
        at += length;
    }
    if plain < text.len() {
        cut.push((&text[plain..], Said::Plain));
    }
    cut
}

/// `{answered}`.
fn in_braces(rest: &str, facts: &Facts, faults: &mut Vec<Fault>) -> (usize, Said) {
    let Some(end) = rest.find('}') else {
        return (1, Said::Plain);
    };
    let name = rest[1..end].trim();
    match facts.figure(name) {
        Some(figure) if figure.value.value.is_some() => (end + 1, Said::Figure(name.to_owned())),
        _ => {
            faults.push(Fault::UnknownFigure(name.chars().take(60).collect()));
            (end + 1, Said::Plain)
        }
    }
}

fn word(rest: &str) -> (usize, Said) {
    let end = rest.find(|letter: char| !letter.is_alphanumeric());
    let own = &rest[..end.unwrap_or(rest.len())];
    let lower = own.to_lowercase();
    let is_strong = STRONG.iter().any(|strong| match strong.strip_suffix('*') {
        Some(begin) => lower.starts_with(begin),
        None => lower == *strong,
    });
    let said = if is_strong {
        Said::Unsupported
    } else {
        Said::Plain
    };
    (own.len(), said)
}

/// What a number counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Percent,
    Seconds,
    Minutes,
    Plain,
}

fn number(text: &str, at: usize, facts: &Facts) -> (usize, Said) {
    let rest = &text[at..];
    let length = length_of_number(rest);
    let (typed, after) = rest.split_at(length);
    if is_date(&text[..at], typed, after) {
        return (length, Said::Plain);
    }
    let (unit, more) = unit_of(after);
    let readings = readings(typed);
    let own = facts.figures.iter().chain(&facts.lines);
    let mut own = own.filter(|figure| says(figure, unit, &readings));
    match own.next() {
        Some(figure) => (length + more, Said::Bound(figure.measure.clone())),
        None => (length + more, Said::Unsupported),
    }
}

/// Digits, with signs between them that part thousands or decimals, or make a date.
fn length_of_number(rest: &str) -> usize {
    let mut end = 0;
    let mut letters = rest.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next_is_digit = letters
            .peek()
            .is_some_and(|(_, next)| next.is_ascii_digit());
        if letter.is_ascii_digit() {
            end = at + 1;
        } else if !(next_is_digit && ".,'’-:\u{a0}\u{202f}".contains(letter)) {
            break;
        }
    }
    end
}

fn unit_of(after: &str) -> (Unit, usize) {
    let trimmed = after.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    let gap = after.len() - trimmed.len();
    let end = trimmed.find(|letter: char| !letter.is_alphabetic() && letter != '%');
    let unit = &trimmed[..end.unwrap_or(trimmed.len())];
    match unit.to_lowercase().as_str() {
        "%" => (Unit::Percent, gap + unit.len()),
        "percent" => (Unit::Percent, 0),
        "s" | "sec" | "second" | "seconds" | "seconde" | "secondes" => (Unit::Seconds, 0),
        "min" | "minute" | "minutes" => (Unit::Minutes, 0),
        _ => (Unit::Plain, 0),
    }
}

fn is_date(before: &str, typed: &str, after: &str) -> bool {
    if typed.contains(['-', ':']) {
        return true;
    }
    let first = after
        .trim_start()
        .split(|c: char| !c.is_alphanumeric())
        .next();
    let last = before
        .trim_end()
        .rsplit(|c: char| !c.is_alphanumeric())
        .next();
    let (first, last) = (
        first.unwrap_or("").to_lowercase(),
        last.unwrap_or("").to_lowercase(),
    );
    let is_month = |word: &str| MONTHS.iter().any(|month| word.starts_with(month));
    is_month(&first) || is_month(&last) || BEFORE_DATES.contains(&last.as_str()) || last == "w"
}

/// What digits may mean, with the number of places: "1,200" is twelve hundred in English and 1.2 in
/// French.
fn readings(typed: &str) -> Vec<(f64, usize)> {
    let is_mark = |letter: char| !letter.is_ascii_digit();
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let mut readings: Vec<(f64, usize)> = Vec::new();
    let groups: Vec<&str> = typed.split(is_mark).collect();
    let are_thousands = groups[1..].iter().all(|group| group.len() == 3);
    if are_thousands {
        readings.extend(digits.parse().ok().map(|whole: f64| (whole, 0)));
    }
    if let [.., fraction] = groups.as_slice()
        && groups.len() > 1
        && typed.rfind(['.', ',']) == Some(typed.len() - fraction.len() - 1)
    {
        let whole = &digits[..digits.len() - fraction.len()];
        let value = format!("{whole}.{fraction}").parse().ok();
        readings.extend(value.map(|value: f64| (value, fraction.len())));
    }
    readings
}

/// Whether a figure has one of these values, as exactly as it was typed: of the week or of one it is
/// compared with.
fn says(figure: &Figure, unit: Unit, readings: &[(f64, usize)]) -> bool {
    let scale = match (unit, figure.unit.as_str()) {
        (Unit::Percent, "percent")
        | (Unit::Seconds, "seconds")
        | (Unit::Plain, "contacts" | "complaints" | "surveys" | "points") => 1.0,
        (Unit::Minutes, "seconds") => 60.0,
        _ => return false,
    };
    let cells = [&figure.value, &figure.before, &figure.last_year];
    let cells = cells.into_iter().filter_map(Cell::number);
    let texts = [&figure.four_weeks, &figure.target].into_iter().flatten();
    let mut values = cells.chain(texts.filter_map(|text| text.parse().ok()));
    values.any(|value| {
        let is_same = |(typed, places): &(f64, usize)| {
            format!("{typed:.places$}") == format!("{:.places$}", value / scale)
        };
        readings.iter().any(is_same)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::edition::comment::read;
    use crate::domain::edition::compare::{Read, facts as make};
    use crate::domain::measures::Measure;
    use crate::domain::published::{Point, Shown};

    fn facts() -> Facts {
        let point = |value, n| Point {
            start_ms: 0,
            end_ms: 1,
            value: Shown::Value(value),
            n: Some(n),
            mark: None,
        };
        let of = |id: &str, weeks: &[(f64, i64)]| Read {
            measure: Measure::from_id(id).expect("a measure"),
            line: "*".to_owned(),
            cause: None,
            weeks: weeks.iter().map(|(value, n)| point(*value, *n)).collect(),
            last_year: None,
            days: Vec::new(),
            target: None,
            breaks: Vec::new(),
        };
        let read = [
            of("attempts", &[(12_000.0, 0), (12_345.0, 0)]),
            of("service_level", &[(64.0, 9_000), (81.94, 9_000)]),
            of("wait_median", &[(95.0, 10), (90.0, 10)]),
            of("complaints_opened", &[(50.0, 0), (52.0, 0)]),
        ];
        make("2026-W46".parse().expect("a week"), "UTC", &read, 10)
    }

    /// What was said of the claims in a text.
    fn said(text: &str) -> Vec<(String, Said)> {
        let blocks = read(text).expect("it is sound");
        let bound = bind(blocks, &facts()).expect("all figures are there");
        let pieces = bound.into_iter().flat_map(|block| match block {
            Block::Paragraph(pieces) => pieces,
            Block::List(items) => items.concat(),
        });
        let claims = pieces.filter(|own| own.said != Said::Plain);
        claims.map(|own| (own.text, own.said)).collect()
    }

    fn bound(measure: &str) -> Said {
        Said::Bound(measure.to_owned())
    }

    #[test]
    fn a_number_is_bound_to_the_figure_it_is_in_every_spelling() {
        for text in [
            "12,345 called",
            "12345 called",
            "12\u{a0}345 appels",
            "12.345 appels",
        ] {
            assert_eq!(said(text)[0].1, bound("attempts"), "{text}");
        }
        for text in ["82%", "81.9%", "81,9 %", "81.94 percent", "64% last week"] {
            assert_eq!(said(text)[0].1, bound("service_level"), "{text}");
        }
        assert_eq!(said("a wait of 1.5 minutes")[0].1, bound("wait_median"));
        assert_eq!(said("a wait of 90 seconds")[0].1, bound("wait_median"));
        let figure = Said::Figure("attempts".to_owned());
        assert_eq!(
            said("all {attempts} of them"),
            [("{attempts}".to_owned(), figure)]
        );
    }

    #[test]
    fn what_no_figure_says_is_marked() {
        for text in ["83%", "12,346", "81.9", "64 seconds", "5 staff"] {
            assert_eq!(said(text)[0].1, Said::Unsupported, "{text}");
        }
    }

    #[test]
    fn dates_times_and_weeks_claim_nothing() {
        let text = "On 9 November 2026, at 10:30, in week 46, le 3 août, 2026-11-09, in 2025";
        assert_eq!(said(text), []);
    }

    #[test]
    fn strong_words_stand_only_beside_a_figure_with_a_signal() {
        assert_eq!(said("A record week")[0].1, Said::Unsupported);
        assert_eq!(said("Une hausse significative")[0].1, Said::Unsupported);
        // The share rose from 64 to 82 percent of 9,000; complaints from 50 to 52.
        assert_eq!(said("Significantly better: {service_level}").len(), 1);
        assert_eq!(
            said("Significantly more complaints: {complaints_opened}").len(),
            2
        );
    }

    #[test]
    fn a_figure_that_is_not_there_is_refused_by_name() {
        let blocks = read("{happiness}").expect("it is sound");
        let fault = Fault::UnknownFigure("happiness".to_owned());
        assert_eq!(bind(blocks, &facts()), Err(vec![fault]));
    }
}
