//! Series as JSON: point by point, or in columns, which are half as large.

use serde_json::{Map, Value, json};

use super::analysed::{Analysed, Compared, Flag, Found};
use crate::domain::analysis::{Change, Summary};
use crate::domain::period;
use crate::domain::published::{Mark, Point, Series, Shown};

/// How points are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A list of objects.
    Points,
    /// An object of lists.
    Columns,
}

/// The series itself.
#[must_use]
pub fn series(series: &Series, form: Form) -> Map<String, Value> {
    let head = json!({
        "line": series.line,
        "measure": series.measure,
        "grain": series.grain.name(),
        "zone": series.zone,
        "unit": series.unit,
        "definition": {
            "id": series.measure,
            "version": series.version,
            "breaks": series.breaks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        },
    });
    let mut object = match head {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    let points: Vec<Option<&Point>> = series.points.iter().map(Some).collect();
    insert_points(&mut object, &points, form);
    object
}

/// The series with all that was found out about it. `text` is the summary in words, `label` the
/// name of the comparison.
#[must_use]
pub fn analysed(analysed: &Analysed, form: Form, text: &str, label: &str) -> Value {
    let mut object = series(&analysed.series, form);
    if form == Form::Columns {
        object.insert("shut".into(), json!(analysed.shut));
    }
    let flags = analysed.flags.iter().map(flag).collect::<Vec<_>>();
    object.insert("flags".into(), json!(flags));
    if let Some(compared) = &analysed.compare {
        object.insert("compare".into(), compare(compared, form, label));
    }
    let overlays = overlays(&analysed.found);
    if !overlays.is_empty() {
        object.insert("overlays".into(), Value::Object(overlays));
    }
    let summary = summary(&analysed.summary, &analysed.series, text);
    object.insert("summary".into(), summary);
    Value::Object(object)
}

fn insert_points(object: &mut Map<String, Value>, points: &[Option<&Point>], form: Form) {
    match form {
        Form::Points => {
            let points = points.iter().map(|point| point.map(self::point));
            object.insert("points".into(), json!(points.collect::<Vec<_>>()));
        }
        Form::Columns => {
            object.insert("columns".into(), columns(points));
        }
    }
}

fn flag(flag: &Flag) -> Value {
    json!({"start": instant(flag.start_ms), "kind": flag.kind, "text": flag.text})
}

fn compare(compared: &Compared, form: Form, label: &str) -> Value {
    let line = match &compared.with {
        super::analysed::Compare::Line(line) => Some(line),
        _ => None,
    };
    let mut object = Map::new();
    object.insert("kind".into(), json!(compared.with.kind()));
    object.insert("line".into(), json!(line));
    object.insert("label".into(), json!(label));
    let points: Vec<Option<&Point>> = compared.points.iter().map(Option::as_ref).collect();
    insert_points(&mut object, &points, form);
    let change = compared
        .change
        .iter()
        .map(|change| change.map(Change::name));
    object.insert("change".into(), json!(change.collect::<Vec<_>>()));
    object.insert("target".into(), optional(compared.target));
    Value::Object(object)
}

fn overlays(found: &Found) -> Map<String, Value> {
    let numbers = |values: &[Option<f64>]| {
        let values = values.iter().map(|value| optional(*value));
        Value::Array(values.collect())
    };
    let mut object = Map::new();
    if let Some(means) = &found.mean7 {
        object.insert("mean7".into(), numbers(means));
    }
    if let Some(band) = &found.band {
        let weeks = crate::domain::analysis::BAND_WEEKS;
        let band = json!({"low": numbers(&band.low), "high": numbers(&band.high), "weeks": weeks});
        object.insert("band".into(), band);
    }
    if found.wants_xmr {
        let xmr = found.xmr.as_ref().map(|xmr| {
            let signals = xmr.signals.iter();
            let signals = signals.map(|(index, rule)| json!({"index": index, "rule": rule.name()}));
            json!({
                "centre": number(xmr.centre),
                "lower": number(xmr.lower),
                "upper": number(xmr.upper),
                "signals": signals.collect::<Vec<_>>(),
            })
        });
        object.insert("xmr".into(), json!(xmr));
    }
    object
}

fn summary(summary: &Summary, series: &Series, text: &str) -> Value {
    let place = |index: Option<usize>| {
        let index = index?;
        let point = series.points.get(index)?;
        let value = crate::domain::analysis::known(point)?;
        Some(json!({"index": index, "start": instant(point.start_ms), "value": number(value)}))
    };
    json!({
        "total": optional(summary.total),
        "busiest": place(summary.busiest),
        "quietest": place(summary.quietest),
        "median": optional(summary.median),
        "withheld": summary.withheld,
        "missing": summary.missing,
        "text": text,
    })
}

/// An instant in RFC 3339.
#[must_use]
pub fn instant(at_ms: crate::domain::event::Millis) -> String {
    period::timestamp(at_ms).to_string()
}

/// One point as an object.
#[must_use]
pub fn point(point: &Point) -> Value {
    let mut object = Map::new();
    object.insert("start".into(), json!(instant(point.start_ms)));
    let value = match point.value {
        Shown::Value(value) => number(value),
        _ => Value::Null,
    };
    object.insert("value".into(), value);
    object.insert("n".into(), json!(point.n));
    object.insert("mark".into(), json!(point.mark.map(Mark::letter)));
    match point.value {
        Shown::Under(bound) => _ = object.insert("under".into(), number(bound)),
        Shown::AtLeast(bound) => _ = object.insert("at_least".into(), number(bound)),
        Shown::Value(_) | Shown::None => {}
    }
    Value::Object(object)
}

/// Points as lists: starts and ends in seconds since 1970, values, numbers, marks; bounds by index.
fn columns(points: &[Option<&Point>]) -> Value {
    let list = |of: &dyn Fn(&Point) -> Value| {
        let values = points.iter().map(|point| point.map_or(Value::Null, of));
        Value::Array(values.collect())
    };
    let bounds = |of: &dyn Fn(Shown) -> Option<f64>| {
        let bounds = points.iter().enumerate().filter_map(|(index, point)| {
            Some((index.to_string(), number(of(point.as_ref()?.value)?)))
        });
        Value::Object(bounds.collect())
    };
    let mark = |point: Option<&Point>| point.and_then(|point| point.mark).map_or("", Mark::letter);
    json!({
        "start": list(&|point| json!(point.start_ms / 1_000)),
        "end": list(&|point| json!(point.end_ms / 1_000)),
        "value": list(&|point| match point.value {
            Shown::Value(value) => number(value),
            _ => Value::Null,
        }),
        "n": list(&|point| json!(point.n)),
        "mark": points.iter().copied().map(mark).collect::<Vec<_>>(),
        "under": bounds(&|value| match value {
            Shown::Under(bound) => Some(bound),
            _ => None,
        }),
        "at_least": bounds(&|value| match value {
            Shown::AtLeast(bound) => Some(bound),
            _ => None,
        }),
    })
}

/// Counts as whole numbers, all else to the millionth: more digits would be noise of the machine.
/// What is not finite ("more than 10 days") is null.
#[must_use]
pub fn number(value: f64) -> Value {
    let rounded = (value * 1e6).round() / 1e6;
    if rounded.fract() == 0.0 && rounded.abs() < 9e15 {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
        return json!(rounded as i64);
    }
    json!(rounded)
}

fn optional(value: Option<f64>) -> Value {
    value.map_or(Value::Null, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_written_without_a_fraction() {
        assert_eq!(number(31_359.0).to_string(), "31359");
        assert_eq!(number(81.904_761_904_761).to_string(), "81.904762");
        assert_eq!(number(f64::INFINITY).to_string(), "null");
    }

    #[test]
    fn a_bound_is_not_a_value() {
        let bounded = Point {
            start_ms: 0,
            end_ms: 1_000,
            value: Shown::Under(12.5),
            n: Some(40),
            mark: None,
        };
        let json = point(&bounded);
        assert!(json["value"].is_null());
        assert_eq!(json["under"], 12.5);
        assert_eq!(json["start"], "1970-01-01T00:00:00Z");
        let columns = columns(&[None, Some(&bounded)]);
        assert_eq!(columns["under"], json!({"1": 12.5}));
        assert_eq!(columns["mark"], json!(["", ""]));
        assert_eq!(columns["end"], json!([null, 1]));
    }
}
