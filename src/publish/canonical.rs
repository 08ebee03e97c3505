//! Canonical JSON (RFC 8785): one value, one text. Members are sorted by their UTF-16 code units,
//! nothing stands between tokens, numbers are integers. Decimals are written as strings, so that no
//! reader needs to agree on how a fraction is printed.

mod spelled;

use serde_json::Value;

pub use spelled::check;

/// The largest integer that every reader of JSON takes for what it is: 2^53 − 1.
const MOST: i64 = (1 << 53) - 1;

/// Why a value or text is not canonical.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// A fraction, or an integer that not every reader can hold.
    #[error("the number {0} is no integer of at most 53 bits; write a decimal as a string")]
    Number(String),
    /// No JSON at all.
    #[error("it is not JSON: {0}")]
    Json(String),
    /// JSON, but written in another way.
    #[error("it is JSON, but not written canonically")]
    Spelling,
}

/// The one text of a value.
///
/// # Errors
/// If there is a number in it that is no integer of at most 53 bits.
pub fn to_bytes(value: &Value) -> Result<Vec<u8>, NotCanonical> {
    let mut text = String::new();
    write(&mut text, value)?;
    Ok(text.into_bytes())
}

/// The value of a canonical text.
///
/// # Errors
/// If it is not JSON, or the value's one text is another.
pub fn of_bytes(bytes: &[u8]) -> Result<Value, NotCanonical> {
    check(bytes)?;
    serde_json::from_slice(bytes).map_err(|error| NotCanonical::Json(error.to_string()))
}

fn write(text: &mut String, value: &Value) -> Result<(), NotCanonical> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(is_true) => text.push_str(if *is_true { "true" } else { "false" }),
        Value::Number(number) => {
            let integer = number.as_i64().filter(|own| (-MOST..=MOST).contains(own));
            let integer = integer.ok_or_else(|| NotCanonical::Number(number.to_string()))?;
            text.push_str(&integer.to_string());
        }
        Value::String(own) => write_string(text, own),
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                write(text, item)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push('{');
            for (at, (name, member)) in members.into_iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                write_string(text, name);
                text.push(':');
                write(text, member)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

fn write_string(text: &mut String, own: &str) {
    text.push('"');
    each_piece(own, |piece| text.push_str(piece));
    text.push('"');
}

/// A string as it is written, piece by piece. Only what must be escaped is: the quote, the backslash
/// and control characters.
fn each_piece(own: &str, mut write: impl FnMut(&str)) {
    let mut plain = 0;
    for (at, byte) in own.bytes().enumerate() {
        let escaped = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            0x08 => "\\b",
            b'\t' => "\\t",
            b'\n' => "\\n",
            0x0c => "\\f",
            b'\r' => "\\r",
            control if control < b' ' => "\\u00",
            _ => continue,
        };
        write(&own[plain..at]);
        write(escaped);
        if escaped.len() > 2 {
            write(&hex::encode([byte]));
        }
        plain = at + 1;
    }
    write(&own[plain..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn text(value: &Value) -> String {
        String::from_utf8(to_bytes(value).expect("canonical")).expect("text")
    }

    #[test]
    fn members_are_sorted_by_utf_16_and_nothing_stands_between() {
        let value = json!({"\u{fb33}": 1, "\u{1f600}": 2, "€": 3, "a": [true, null, -7], "A": {}});
        assert_eq!(
            text(&value),
            "{\"A\":{},\"a\":[true,null,-7],\"€\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}"
        );
    }

    #[test]
    fn strings_escape_what_they_must_and_nothing_else() {
        let value = json!("\u{8}\t\n\u{c}\r\u{1}\u{1f}\"\\/é\u{7f}\u{2028}");
        assert_eq!(
            text(&value),
            "\"\\b\\t\\n\\f\\r\\u0001\\u001f\\\"\\\\/é\u{7f}\u{2028}\""
        );
    }

    #[test]
    fn fractions_and_numbers_too_large_are_refused() {
        for value in [json!(0.5), json!(1.0), json!(1_i64 << 53), json!(u64::MAX)] {
            let refused = to_bytes(&json!([value])).expect_err("no integer");
            assert!(refused.to_string().contains("decimal"), "{refused}");
        }
        assert_eq!(text(&json!(MOST)), "9007199254740991");
    }

    #[test]
    fn another_spelling_of_the_same_value_is_refused() {
        assert!(of_bytes(b"{\"a\":1,\"b\":[]}").is_ok());
        for other in [
            "{\"a\":1, \"b\":[]}",
            "{\"b\":[],\"a\":1}",
            "{\"a\":1,\"a\":1}",
            "\"\\u0041\"",
            "\"\\/\"",
            "-0",
            "1e2",
            " 1",
            "1\n",
        ] {
            assert!(of_bytes(other.as_bytes()).is_err(), "{other}");
        }
        assert!(matches!(of_bytes(b"{"), Err(NotCanonical::Json(_))));
        assert!(of_bytes(b"\"\xff\"").is_err());
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-MOST..=MOST).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    /// What the check must say: the text is read, written again and held against itself.
    fn is_written_again(bytes: &[u8]) -> bool {
        let value = serde_json::from_slice::<Value>(bytes);
        value.is_ok_and(|value| to_bytes(&value).is_ok_and(|own| own == bytes))
    }

    proptest! {
        #[test]
        fn one_pass_finds_what_writing_again_finds(
            value in any_value(),
            at in any::<prop::sample::Index>(),
            other in any::<u8>(),
        ) {
            let mut bytes = to_bytes(&value).expect("canonical");
            prop_assert!(check(&bytes).is_ok());
            bytes.push(b' ');
            prop_assert_eq!(check(&bytes), Err(NotCanonical::Spelling));
            let at = at.index(bytes.len());
            bytes[at] = other;
            prop_assert_eq!(check(&bytes).is_ok(), is_written_again(&bytes));
            bytes.remove(at);
            prop_assert_eq!(check(&bytes).is_ok(), is_written_again(&bytes));
        }

        #[test]
        fn what_was_written_reads_back(value in any_value()) {
            let bytes = to_bytes(&value).expect("canonical");
            prop_assert_eq!(of_bytes(&bytes), Ok(value));
        }
    }
}
