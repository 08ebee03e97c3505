//! What the page hands its script: the view, the figures in columns, and every word it says.

use serde_json::{Map, Value, json};

use super::load::Loaded;
use super::look::{compare_label, line_name, measure_name};
use super::view::{Drawn, View};
use crate::domain::published::Series;
use crate::site::Site;
use crate::site::columns::{self, Form};
use crate::site::page::Visitor;

/// The whole data block. `loaded` is what was read, with closed hours and as it is.
#[must_use]
pub fn block(
    site: &Site,
    visitor: &Visitor,
    view: &View<'_>,
    loaded: &Loaded,
    (overview, summary): (&Series, &str),
) -> Value {
    let words = visitor.words();
    let compare = loaded.main.compare.as_ref();
    let label = compare.map_or_else(String::new, |compare| {
        compare_label(site, compare, visitor.lang)
    });
    let plain = |series: &Series| Value::Object(columns::series(series, Form::Columns));
    let boxes = loaded.boxes.as_ref().map(
        |[low, high, most]| json!({"p10": plain(low), "p90": plain(high), "max": plain(most)}),
    );
    let measures = site.figures().definitions().iter().map(|definition| {
        json!({
            "id": definition.id,
            "name": measure_name(definition.id, words),
            "unit": definition.unit,
            "within_day": definition.within_day,
            "finest": definition.finest.name(),
            "whole_centre_only": definition.whole_centre_only,
            "is_count": definition.is_count,
        })
    });
    let lines = std::iter::once("*".to_owned()).chain(site.line_ids());
    let lines = lines.map(|id| json!({"id": id, "name": line_name(site, &id, visitor.lang)}));
    json!({
        "view": view_json(site, visitor, view),
        "series": columns::analysed(&loaded.main, Form::Columns, summary, &label),
        "volume": loaded.volume.as_ref().map(plain),
        "box": boxes,
        "overview": plain(overview),
        "measures": measures.collect::<Vec<_>>(),
        "lines": lines.collect::<Vec<_>>(),
        "words": words_json(visitor),
        "first_day": view.bounds.map(|(first, _)| first.to_string()),
        "last_day": view.bounds.map(|(_, last)| last.to_string()),
        "now": columns::instant(site.figures().at_ms()),
        "zone": site.centre().zone_name,
        "lang": visitor.lang.code(),
    })
}

/// Every parameter, resolved, as an address would name it.
#[must_use]
pub fn view_json(site: &Site, visitor: &Visitor, view: &View<'_>) -> Value {
    let (from_ms, to_ms) = view.span_ms(site);
    let compare = view.compare.as_ref();
    json!({
        "line": view.line,
        "measure": view.definition.id,
        "volume": view.volume.map_or("none", |volume| volume.id),
        "range": view.range.map(super::range::Range::name),
        "end": view.last.to_string(),
        "from": view.first.to_string(),
        "until": view.last.to_string(),
        "grain": view.grain.name(),
        "grain_is_own": view.grain_is_own,
        "kind": Drawn::name(view.drawn),
        "compare": compare.map_or_else(|| "none".to_owned(), crate::site::analysed::Compare::value),
        "as": if view.as_percent { "percent" } else { "absolute" },
        "overlay": view.overlays.value(),
        "hours": if view.open_only() { "open" } else { "all" },
        "zone": if view.visitor_zone { "visitor" } else { "centre" },
        "lang": visitor.lang.code(),
        "from_ms": from_ms,
        "to_ms": to_ms,
    })
}

/// The words of the history, and those of units, marks and numbers.
fn words_json(visitor: &Visitor) -> Value {
    let w = visitor.words();
    let mut words: Map<String, Value> = Map::new();
    for (key, text) in w.history.pairs() {
        words.insert(key.to_owned(), json!(text));
    }
    for (key, text) in [
        ("unit_contacts", w.unit_contacts),
        ("unit_percent", w.unit_percent),
        ("unit_seconds", w.unit_seconds),
        ("unit_minutes", w.unit_minutes),
        ("unit_persons", w.unit_persons),
        ("unit_complaints", w.unit_complaints),
        ("unit_surveys", w.unit_surveys),
        ("unit_points", w.unit_points),
        ("unit_per_thousand", w.unit_per_thousand),
        ("axis_seconds", w.axis_seconds),
        ("axis_minutes", w.axis_minutes),
        ("grain_interval", w.grain_interval),
        ("grain_half_hour", w.grain_half_hour),
        ("grain_hour", w.grain_hour),
        ("grain_day", w.grain_day),
        ("grain_week", w.grain_week),
        ("grain_month", w.grain_month),
        ("under", w.under),
        ("at_least", w.at_least),
        ("no_value", w.no_value),
        ("cases", w.cases),
        ("value", w.value),
        ("start", w.start),
        ("mark", w.mark),
        ("earlier", w.earlier),
        ("later", w.later),
        ("whole_centre", w.whole_centre),
        ("withheld_cells", w.withheld_cells),
        ("over_ten_days", w.over_ten_days()),
    ] {
        words.insert(key.to_owned(), json!(text));
    }
    let marks = [w.decimal_mark, w.thousands_mark].map(String::from);
    words.insert("decimal_mark".into(), json!(marks[0]));
    words.insert("thousands_mark".into(), json!(marks[1]));
    words.insert("weekdays".into(), json!(w.weekdays));
    words.insert("weekdays_short".into(), json!(w.weekdays_short));
    words.insert("months".into(), json!(w.months));
    words.insert("months_short".into(), json!(w.months_short));
    Value::Object(words)
}

/// JSON that can stand in a page: nothing in it ends the block.
#[must_use]
pub fn for_page(value: &Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_block_ends_it() {
        let text = for_page(&json!({"a": "</script><!--&"}));
        assert!(!text.contains(['<', '>', '&']), "{text}");
        let read: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read["a"], "</script><!--&");
    }
}
