//! Whether bytes that come one by one are UTF-8.

/// What the bytes so far allow the next one to be.
#[derive(Debug)]
pub(super) struct Utf8 {
    /// Bytes that the character under way still lacks.
    lacks: u8,
    /// The least and the greatest that the next of them may be.
    range: (u8, u8),
}

/// Bytes that carry a character on.
const ANY: (u8, u8) = (0x80, 0xBF);

impl Default for Utf8 {
    fn default() -> Self {
        Self {
            lacks: 0,
            range: ANY,
        }
    }
}

impl Utf8 {
    /// Takes the next byte; false if no UTF-8 has it here.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        if self.lacks > 0 {
            let (least, most) = std::mem::replace(&mut self.range, ANY);
            self.lacks -= 1;
            return (least..=most).contains(&byte);
        }
        // The second byte is narrower where a character would be spelled too long, be half of a
        // pair of UTF-16, or lie beyond the last one.
        let (lacks, range) = match byte {
            0x00..=0x7F => (0, ANY),
            0xC2..=0xDF => (1, ANY),
            0xE0 => (2, (0xA0, 0xBF)),
            0xED => (2, (0x80, 0x9F)),
            0xE1..=0xEF => (2, ANY),
            0xF0 => (3, (0x90, 0xBF)),
            0xF1..=0xF3 => (3, ANY),
            0xF4 => (3, (0x80, 0x8F)),
            _ => return false,
        };
        (self.lacks, self.range) = (lacks, range);
        true
    }

    /// Whether the last character is whole.
    pub(super) fn is_whole(&self) -> bool {
        self.lacks == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_utf8(bytes: &[u8]) -> bool {
        let mut text = Utf8::default();
        bytes.iter().all(|byte| text.take(*byte)) && text.is_whole()
    }

    #[test]
    fn up_to_three_bytes_are_judged_as_the_standard_library_does() {
        for pair in 0..=u16::MAX {
            let [first, second] = pair.to_be_bytes();
            for third in [0x00, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF] {
                let bytes = [first, second, third];
                assert_eq!(
                    is_utf8(&bytes),
                    str::from_utf8(&bytes).is_ok(),
                    "{bytes:x?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn four_bytes_are_judged_as_the_standard_library_does(
            first in 0xEF..=0xF6_u8, second in any::<u8>(), third in 0x7E..=0xC1_u8, fourth in 0x7E..=0xC1_u8,
        ) {
            let bytes = [first, second, third, fourth];
            prop_assert_eq!(is_utf8(&bytes), str::from_utf8(&bytes).is_ok());
        }
    }
}
