//! What pictures show.

use super::*;
use crate::domain::period::Grain;
use crate::domain::published::Mark;

pub(super) fn series(values: &[(Shown, Option<Mark>)]) -> Series {
    let points = values.iter().enumerate().map(|(index, (value, mark))| {
        let start_ms = i64::try_from(index).expect("few") * 86_400_000;
        Point {
            start_ms,
            end_ms: start_ms + 86_400_000,
            value: *value,
            n: None,
            mark: *mark,
        }
    });
    Series {
        line: "*".into(),
        measure: "attempts",
        grain: Grain::Day,
        zone: "UTC".into(),
        unit: "contacts",
        version: 1,
        breaks: Vec::new(),
        points: points.collect(),
    }
}

fn picture(values: &[(Shown, Option<Mark>)], form: Form) -> Picture {
    Picture {
        width: 300,
        height: 200,
        id: "c".into(),
        title: "A & <b>".into(),
        description: "Two days".into(),
        number_marks: ('.', ','),
        labels: vec![(0, "1 Jan".into())],
        panes: vec![Pane::of(series(values), form)],
        ..Picture::default()
    }
}

#[test]
fn a_picture_is_titled_and_has_no_colours_of_its_own() {
    let picture = svg(&picture(&[(Shown::Value(3.0), None)], Form::Bars)).expect("a picture");
    assert!(
        picture.contains("<title id=\"c-title\">A &amp; &lt;b&gt;</title>"),
        "{picture}"
    );
    assert!(picture.contains("<desc id=\"c-desc\">Two days</desc>"));
    assert!(
        !picture.contains("=\"#"),
        "a fixed colour is left: {picture}"
    );
    assert!(
        !picture.contains("<style"),
        "the page's policy forbids styles"
    );
}

#[test]
fn a_gap_is_a_gap() {
    let gap = [
        (Shown::Value(1.0), None),
        (Shown::Value(2.0), None),
        (Shown::None, Some(Mark::NoData)),
        (Shown::Value(2.0), None),
        (Shown::Value(1.0), None),
    ];
    let picture = svg(&picture(&gap, Form::Line)).expect("a picture");
    assert_eq!(
        picture.matches("class=\"s-line\"").count(),
        2,
        "two pieces of line"
    );
    assert_eq!(picture.matches("class=\"f-missing\"").count(), 1);
}

#[test]
fn a_bar_is_drawn_only_where_there_is_a_value() {
    let days = [
        (Shown::Value(10.0), None),
        (Shown::Value(0.0), None),
        (Shown::None, Some(Mark::Withheld)),
        (Shown::None, Some(Mark::Closed)),
        (Shown::Value(5.0), Some(Mark::Provisional)),
    ];
    let picture = svg(&picture(&days, Form::Bars)).expect("a picture");
    assert_eq!(
        picture.matches("class=\"f-bar\"").count(),
        2,
        "a measured zero is a sliver"
    );
    assert_eq!(picture.matches("class=\"f-soft\"").count(), 1);
    assert_eq!(
        picture.matches("class=\"s-bar\"").count(),
        1,
        "hollow: its edge is drawn"
    );
    assert_eq!(picture.matches("class=\"f-shut\"").count(), 1);
    assert_eq!(picture.matches("class=\"f-few\"").count(), 1);
}

#[test]
fn nothing_at_all_can_be_drawn() {
    assert!(svg(&picture(&[], Form::Bars)).is_ok());
    assert!(svg(&picture(&[(Shown::None, None)], Form::Line)).is_ok());
    let huge = [
        (Shown::Value(f64::INFINITY), None),
        (Shown::Value(f64::NAN), None),
    ];
    assert!(svg(&picture(&huge, Form::Line)).is_ok());
}

#[test]
fn a_png_has_pixels() {
    let bytes = png(&picture(&[(Shown::Value(3.0), None)], Form::Bars)).expect("a picture");
    assert_eq!(&bytes[1..4], b"PNG");
    assert!(bytes.len() > 500);
}

#[test]
fn what_lies_over_a_series_is_drawn_where_it_is_known() {
    let values = [(Shown::Value(10.0), None); 5];
    let mut all = picture(&values, Form::Line);
    let pane = &mut all.panes[0];
    pane.compare = vec![Some(5.0), Some(6.0), None, Some(7.0), Some(8.0)];
    pane.mean = vec![None, None, None, Some(9.0), Some(9.0)];
    pane.band = vec![
        None,
        Some((1.0, 2.0)),
        Some((1.0, 2.0)),
        None,
        Some((1.0, 2.0)),
    ];
    pane.limits = Some(Limits {
        centre: 10.0,
        lower: -1.0,
        upper: 20.0,
        signals: vec![2],
    });
    all.flags = vec![(1, "New Year".into())];
    let drawn = svg(&all).expect("a picture");
    let count = |class: &str| drawn.matches(&format!("class=\"{class}\"")).count();
    assert_eq!(count("s-compare"), 2, "a gap is a gap");
    assert_eq!(count("s-mean"), 1);
    assert_eq!(count("f-band"), 2);
    assert_eq!(count("s-limit"), 1, "a limit below nought is not drawn");
    assert_eq!(count("f-flag"), 1);
    assert!(drawn.contains("stroke-dasharray"));
}

#[test]
fn a_line_does_not_join_days_over_a_night_that_is_left_out() {
    let values = [(Shown::Value(10.0), None); 6];
    let mut all = picture(&values, Form::Line);
    all.panes[0].series.points.remove(3);
    let drawn = svg(&all).expect("a picture");
    assert_eq!(drawn.matches("class=\"s-line\"").count(), 2);
}

#[test]
fn a_line_does_not_join_what_cannot_be_compared() {
    let mut values = [(Shown::Value(10.0), None); 6];
    values[3].1 = Some(Mark::Break);
    let drawn = svg(&picture(&values, Form::Line)).expect("a picture");
    assert_eq!(drawn.matches("class=\"s-line\"").count(), 2);
    assert!(drawn.contains("class=\"s-flag\""), "a line between them");
}

#[test]
fn ten_thousand_points_are_drawn_by_pixel() {
    let values: Vec<_> = (0..10_000)
        .map(|index| (Shown::Value(f64::from(index % 97)), None))
        .collect();
    for form in [Form::Line, Form::Bars] {
        let drawn = svg(&picture(&values, form)).expect("a picture");
        assert!(drawn.len() < 60_000, "{} bytes", drawn.len());
    }
}

#[test]
fn two_panes_share_their_times() {
    let values = [(Shown::Value(10.0), None); 4];
    let mut two = picture(&values, Form::Line);
    two.panes.push(Pane {
        share: 0.4,
        ..Pane::of(series(&values), Form::Bars)
    });
    let drawn = svg(&two).expect("a picture");
    assert_eq!(
        drawn.matches("1 Jan").count(),
        1,
        "labels stand below the lower pane"
    );
    assert_eq!(drawn.matches("class=\"f-bar\"").count(), 4);
    assert!(png(&two).is_ok());
}

#[test]
fn boxes_show_the_middle_and_the_ends() {
    let values = [
        (Shown::Value(10.0), None),
        (Shown::None, Some(Mark::NoData)),
    ];
    let mut boxes = picture(&values, Form::Boxes);
    boxes.panes[0].boxes = vec![Some([1.0, 10.0, 60.0, 7_200.0]), None];
    let drawn = svg(&boxes).expect("a picture");
    assert_eq!(drawn.matches("class=\"f-soft\"").count(), 1);
    assert!(
        drawn.contains(">100<") && !drawn.contains(">7,200<"),
        "the longest wait leaves the picture: {drawn}"
    );
    let day = |tenth: f64| Some([1.0, 10.0, tenth, tenth * 2.0]);
    let mut most = picture(&[(Shown::Value(10.0), None); 30], Form::Boxes);
    most.panes[0].boxes = (0..30)
        .map(|at| day(if at == 7 { 9_000.0 } else { 60.0 }))
        .collect();
    let drawn = svg(&most).expect("a picture");
    assert!(
        !drawn.contains(">5,000<"),
        "one day does not flatten the others: {drawn}"
    );
}
