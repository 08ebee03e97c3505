//! Files as they come: with quotes, marks, damage, and ends that are missing.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;
use crate::config::parse_map;

fn map(format: &str) -> ImportMap {
    let text = format!(
        "source = \"pbx\"\nformat = \"{format}\"\nsubject = [\"id\"]\n\n\
         [line]\ncolumn = \"queue.name\"\n\n\
         [[events]]\ntype = \"contact.offered\"\ntime = \"at\"\n"
    );
    parse_map(&text).unwrap()
}

/// All rows as "line: id", refusals as "line! word", a break as "line broken".
fn read(bytes: &[u8], format: &str) -> Vec<String> {
    let mut reader = RowReader::new(std::io::Cursor::new(bytes.to_vec()), &map(format)).unwrap();
    let mut seen = Vec::new();
    loop {
        match reader.next_row() {
            Next::Row(line, row) => {
                seen.push(format!("{line}: {}", row.field("id").unwrap_or("-")));
            }
            Next::Refused(line, why) => {
                let word = why.split(':').next().unwrap();
                seen.push(format!("{line}! {word}"));
            }
            Next::Broken(line, _) => {
                seen.push(format!("{line} broken"));
                return seen;
            }
            Next::End => return seen,
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const HEAD: &str = "id,at,queue.name,note\n";

fn csv(rows: &str) -> Vec<u8> {
    format!("{HEAD}{rows}").into_bytes()
}

#[test]
fn rows_have_the_line_of_the_raw_file() {
    let text = csv("a,1,x,\n\nb,1,x,\"two\nlines\"\r\nc,1,x,");
    assert_eq!(read(&text, "csv"), ["2: a", "4: b", "6: c"]);
}

#[test]
fn a_mark_of_byte_order_is_not_part_of_the_first_column() {
    let mut text = b"\xef\xbb\xbf".to_vec();
    text.extend(csv("a,1,x,\n"));
    assert_eq!(read(&text, "csv"), ["2: a"]);
}

#[test]
fn a_row_of_another_width_or_of_other_bytes_is_lost_alone() {
    let mut text = csv("a,1,x\nb,1,x,,\n");
    text.extend_from_slice(b"\xff,1,x,\nc,1,x,\n");
    let seen = read(&text, "csv");
    assert_eq!(
        seen,
        [
            "2! wrong_field_count",
            "3! wrong_field_count",
            "4! invalid_utf8",
            "5: c"
        ]
    );
}

#[test]
fn a_quote_that_is_never_closed_costs_its_own_line() {
    let rows: String = (0..300)
        .map(|n| format!("r{n},1,x,\n"))
        .collect::<Vec<_>>()
        .concat();
    let text = csv(&format!("bad,1,x,\"open\n{rows}worse,1,x,\"open\nz,1,x,\n"));
    let seen = read(&text, "csv");
    assert_eq!(seen[0], "2! quote_not_closed");
    assert_eq!(seen[1], "3: r0");
    assert_eq!(seen[300], "302: r299");
    assert_eq!(seen[301..], ["303! quote_not_closed", "304: z"]);
}

#[test]
fn a_quote_that_is_never_closed_swallows_no_row_of_other_bytes() {
    let mut text = csv("bad,1,x,\"open\nr,1,x,\n");
    text.extend_from_slice(b"\xff,1,x,\nc,1,x,\n");
    let seen = read(&text, "csv");
    assert_eq!(
        seen,
        ["2! quote_not_closed", "3: r", "4! invalid_utf8", "5: c"]
    );
}

#[test]
fn a_record_is_never_longer_than_a_line_may_be() {
    let long = format!("r,1,x,{}\n", "y".repeat(MOST_LINE_BYTES / 2));
    let text = csv(&format!("bad,1,x,\"open\n{long}{long}\"\n"));
    let seen = read(&text, "csv");
    assert_eq!(seen[..3], ["2! quote_not_closed", "3: r", "4: r"]);
}

proptest! {
    #[test]
    fn a_quote_is_open_at_the_end_of_a_line_that_cannot_be_split(line in "[\",;ab\r]{0,12}\n?") {
        let is_open = leaves_open(line.as_bytes(), b',', false);
        prop_assert_eq!(is_open, split(&line, b',').is_none());
    }
}

#[test]
fn quotes_and_delimiters_inside_fields_are_kept() {
    let fields = |record: &str| split(record, b',');
    let text = |words: &[&str]| Some(words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
    assert_eq!(
        fields("a,\"b,c\",\"d\"\"e\",5\" pipe,\r\n"),
        text(&["a", "b,c", "d\"e", "5\" pipe", ""])
    );
    assert_eq!(fields("\"\""), text(&[""]));
    assert_eq!(fields("a,\"b"), None);
    assert_eq!(split("a;b,c", b';'), text(&["a", "b,c"]));
}

#[test]
fn a_line_without_end_is_passed_over() {
    let mut text = csv("a,1,x,\n");
    text.extend(std::iter::repeat_n(b'x', 3 * MOST_LINE_BYTES));
    text.extend_from_slice(b"\nb,1,x,\n");
    assert_eq!(read(&text, "csv"), ["2: a", "3! too_long", "4: b"]);
}

#[test]
fn gzip_is_recognised_and_may_have_several_members() {
    let mut file = gzip(&csv("a,1,x,\n"));
    file.extend(gzip(b"b,1,x,\n"));
    assert_eq!(read(&file, "csv"), ["2: a", "3: b"]);
}

#[test]
fn a_gzip_file_that_breaks_off_gives_its_rows_up_to_there() {
    let rows: String = (0..20_000)
        .map(|n| format!("r{n},{},x,\n", n * 7_919 % 10_007))
        .collect::<Vec<_>>()
        .concat();
    let whole = gzip(&csv(&rows));
    let seen = read(&whole[..whole.len() / 2], "csv");
    let last = seen.last().unwrap();
    let lines: usize = last.strip_suffix(" broken").unwrap().parse().unwrap();
    assert!(lines > 1_000 && lines < 19_000, "{last}");
    assert_eq!(
        seen.len(),
        lines - 1,
        "one for each row and one for the break"
    );
    assert_eq!(seen[0], "2: r0");
    // Only the check sum at the end is missing: all rows are there, and still it is said.
    let seen = read(&whole[..whole.len() - 4], "csv");
    assert_eq!(seen.len(), 20_001);
    assert!(seen[20_000].ends_with("broken"));
}

#[test]
fn a_quote_that_is_open_where_the_file_breaks_off_costs_no_row_before_the_break() {
    let rows: String = (0..20_000)
        .map(|n| format!("r{n},{},x,\n", n * 7_919 % 10_007))
        .collect::<Vec<_>>()
        .concat();
    let whole = gzip(&csv(&rows));
    let plain = read(&whole[..whole.len() / 2], "csv").len();
    // The same file with an open quote shortly before the break.
    let near = format!("r{},", plain - 40);
    let quoted = gzip(&csv(&rows.replacen(&near, &format!("{near}\""), 1)));
    let seen = read(&quoted[..quoted.len() / 2], "csv");
    let at = seen
        .iter()
        .position(|line| line.ends_with("! quote_not_closed"));
    let at = at.unwrap();
    assert!(
        seen.len() > at + 5,
        "rows after the quote are read again: {:?}",
        &seen[at..]
    );
    assert!(seen.last().unwrap().ends_with("broken"));
    let lines: Vec<usize> = seen
        .iter()
        .map(|line| line.split([':', '!', ' ']).next().unwrap().parse().unwrap())
        .collect();
    assert!(
        lines
            .iter()
            .zip(2..)
            .all(|(line, expected)| *line == expected)
    );
}

#[test]
fn a_csv_without_the_columns_of_the_map_is_refused_at_once() {
    let head = |text: &'static str| {
        let reader = RowReader::new(text.as_bytes(), &map("csv"));
        reader.err().unwrap().to_string()
    };
    assert!(head("id,when\n").ends_with("names: at, queue.name"));
    assert!(head("").contains("empty"));
}

#[test]
fn members_of_objects_are_found_by_name_or_path() {
    let text = "{\"id\":7,\"at\":\"x\",\"queue\":{\"name\":\"q\"}}\n\
                {\"id\":true,\"queue.name\":\"q\"}\n[]\n{\n{\"id\":null}\n";
    let seen = read(text.as_bytes(), "ndjson");
    assert_eq!(
        seen,
        ["1: 7", "2: true", "3! not_an_object", "4! not_json", "5: -"]
    );
    let value = serde_json::json!({"queue": {"name": "q"}, "a.b": 1, "list": [1]});
    assert_eq!(member(&value, "queue.name").as_deref(), Some("q"));
    assert_eq!(member(&value, "a.b").as_deref(), Some("1"));
    assert_eq!(member(&value, "list"), None);
    assert_eq!(member(&value, "queue.none"), None);
}
