//! Whether a text is the one text of its value, in one pass and without making the value: while it
//! is read, what would be written of it is held against what stands there.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{MOST, NotCanonical, each_piece};

/// Checks a text.
///
/// # Errors
/// If it is not JSON, holds a number that is no integer of at most 53 bits, or its value's one text
/// is another.
pub fn check(bytes: &[u8]) -> Result<(), NotCanonical> {
    let mut spelled = Spelled {
        left: bytes,
        fault: None,
    };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = spelled.deserialize(&mut json).and_then(|()| json.end());
    read.map_err(|error| NotCanonical::Json(error.to_string()))?;
    spelled.expect_end();
    spelled.fault.map_or(Ok(()), Err)
}

/// A text that is read.
struct Spelled<'t> {
    /// What must be spelled by what is still to be read.
    left: &'t [u8],
    fault: Option<NotCanonical>,
}

impl Spelled<'_> {
    fn expect(&mut self, written: &str) {
        match self.left.strip_prefix(written.as_bytes()) {
            Some(left) => self.left = left,
            None => self.is_spelled_otherwise(),
        }
    }

    fn expect_string(&mut self, own: &str) {
        self.expect("\"");
        each_piece(own, |piece| self.expect(piece));
        self.expect("\"");
    }

    fn expect_end(&mut self) {
        if !self.left.is_empty() {
            self.is_spelled_otherwise();
        }
    }

    fn is_spelled_otherwise(&mut self) {
        self.fault.get_or_insert(NotCanonical::Spelling);
    }

    /// That a number has no text at all says more than that another one is spelled otherwise.
    fn is_no_integer(&mut self, number: String) {
        if !matches!(self.fault, Some(NotCanonical::Number(_))) {
            self.fault = Some(NotCanonical::Number(number));
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut Spelled<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Spelled<'_> {
    type Value = ();

    fn expecting(&self, text: &mut std::fmt::Formatter) -> std::fmt::Result {
        text.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.expect("null");
        Ok(())
    }

    fn visit_bool<E: Error>(self, is_true: bool) -> Result<(), E> {
        self.expect(if is_true { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        if (-MOST..=MOST).contains(&number) {
            self.expect(&number.to_string());
        } else {
            self.is_no_integer(number.to_string());
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        if let Ok(number) = i64::try_from(number) {
            return self.visit_i64(number);
        }
        self.is_no_integer(number.to_string());
        Ok(())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.is_no_integer(serde_json::Value::from(number).to_string());
        Ok(())
    }

    fn visit_str<E: Error>(self, own: &str) -> Result<(), E> {
        self.expect_string(own);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.expect("[");
        let mut before = "";
        while items.next_element_seed(After(before, self))?.is_some() {
            before = ",";
        }
        self.expect("]");
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.expect("{");
        let mut last = None;
        while members.next_key_seed(Name(&mut last, self))?.is_some() {
            members.next_value_seed(After(":", self))?;
        }
        self.expect("}");
        Ok(())
    }
}

/// A value and what stands before it.
struct After<'s, 't>(&'static str, &'s mut Spelled<'t>);

impl<'de> DeserializeSeed<'de> for After<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let Self(before, spelled) = self;
        spelled.expect(before);
        spelled.deserialize(json)
    }
}

/// The name of a member, and the one before it.
struct Name<'s, 't>(&'s mut Option<String>, &'s mut Spelled<'t>);

impl<'de> DeserializeSeed<'de> for Name<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = ();

    fn expecting(&self, text: &mut std::fmt::Formatter) -> std::fmt::Result {
        text.write_str("a name")
    }

    fn visit_str<E: Error>(self, own: &str) -> Result<(), E> {
        let Self(last, spelled) = self;
        match last {
            None => *last = Some(own.to_owned()),
            Some(last) => {
                spelled.expect(",");
                if last.encode_utf16().ge(own.encode_utf16()) {
                    spelled.is_spelled_otherwise();
                }
                own.clone_into(last);
            }
        }
        spelled.expect_string(own);
        Ok(())
    }
}
