//! `/badge.svg`: the wait of a line as a small picture, for a read-me, a signature, another site.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::answer::{believed, kind};
use super::cache::rest_of_tick;
use super::error::Error;
use super::page::Visitor;
use super::{Site, home};
use crate::live::frame::{LineNow, LineState};
use crate::words::Words;

/// What it is asked for.
pub static PARAMETERS: [&str; 2] = ["line", "lang"];

/// Longer names are cut, so that the picture stays small.
const LONGEST_NAME: usize = 32;
/// Width of a letter on average, and the room at both ends of a text.
const LETTER: usize = 7;
const ROOM: usize = 14;

/// The picture.
pub async fn show(State(site): State<Site>, visitor: Visitor) -> Result<Response, Error> {
    visitor.has_only(&PARAMETERS)?;
    let now = site.figures().now().ok_or(Error::NotReady)?;
    let asked = visitor.parameter("line");
    let place = asked.map(|id| home::place(&site, &now, &id)).transpose()?;
    let place = place.or_else(|| home::first_open(&now));
    let at_ms = site.figures().at_ms();
    let line = believed(&now, &now.lines[place.ok_or(Error::NotReady)?], at_ms);
    let name = site.line_name(&line.id, visitor.lang).unwrap_or(&line.name);
    let words = visitor.words();
    let mut says = says(&line, words);
    if now.sample_data {
        says = format!("{says} · {}", words.sample_short);
    }
    let text = draw(&short(name), &says, colour(kind(line.verdict.code)));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("image/svg+xml"),
        ),
        (header::CACHE_CONTROL, rest_of_tick(at_ms)),
        (header::VARY, HeaderValue::from_static("accept-language")),
    ];
    Ok((headers, text).into_response())
}

/// The range now, or why there is none.
fn says(line: &LineNow, words: &Words) -> String {
    match (line.state, line.wait) {
        (LineState::Closed, _) => words.closed.to_owned(),
        (LineState::Open, Some(wait)) => words.minutes_range(wait),
        _ => words.no_data.to_owned(),
    }
}

fn short(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    let kept: String = name.chars().take(LONGEST_NAME - 1).collect();
    format!("{}…", kept.trim_end())
}

/// White letters are read on each of them.
fn colour(kind: &str) -> &'static str {
    match kind {
        "good" => "#1b6e3c",
        "busy" => "#9a4a00",
        "fair" => "#6b5a00",
        _ => "#555555",
    }
}

fn draw(name: &str, says: &str, colour: &str) -> String {
    let width = |text: &str| text.chars().count() * LETTER;
    let (left, right) = (width(name) + ROOM, width(says) + ROOM);
    let text = |from: usize, own: &str| {
        format!(
            "<text x=\"{}\" y=\"14\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>",
            from + ROOM / 2,
            width(own),
            escaped(own)
        )
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all}\" height=\"20\" \
         viewBox=\"0 0 {all} 20\" role=\"img\" aria-labelledby=\"t\"><title id=\"t\">{title}</title>\
         <rect width=\"{left}\" height=\"20\" fill=\"#333333\"/>\
         <rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{colour}\"/>\
         <g fill=\"#ffffff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">{}{}</g></svg>\n",
        text(0, name),
        text(left, says),
        all = left + right,
        title = escaped(&format!("{name}: {says}")),
    )
}

/// Names come from outside: they are text in the picture, and nothing else.
pub fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_or_strange_name_stays_a_text() {
        let text = draw(&short(&"\"<&> ".repeat(20)), "closed", colour("closed"));
        assert!(text.contains("&quot;&lt;&amp;&gt;") && text.contains('…'));
        assert_eq!(text.matches('<').count(), 12, "{text}");
    }
}
