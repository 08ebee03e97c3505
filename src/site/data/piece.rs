//! Compressed text that can be joined: a file for a year, and the same bytes as part of the file
//! for all years, without compressing anything twice.
//!
//! A piece is raw DEFLATE (RFC 1951) that ends on a byte with no last block in it, so that pieces
//! may follow each other. A gzip file (RFC 1952) is a head, pieces, a last block, the checksum of
//! all of them, and the length.

use std::io::{Read as _, Write as _};

use axum::body::Bytes;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// Deflate, no name, no time, unknown system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// An empty block that is the last one.
const LAST: [u8; 2] = [3, 0];

/// A text, compressed.
#[derive(Debug)]
pub struct Piece {
    deflated: Bytes,
    crc: Crc,
}

impl Piece {
    /// Compresses a text.
    ///
    /// # Errors
    /// Never in practice: it is written to memory.
    pub fn of(text: &[u8]) -> std::io::Result<Self> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
        encoder.write_all(text)?;
        // Brings everything out up to a byte, and leaves the stream open.
        encoder.flush()?;
        let mut crc = Crc::new();
        crc.update(text);
        Ok(Self {
            deflated: Bytes::copy_from_slice(encoder.get_ref()),
            crc,
        })
    }

    /// The text.
    ///
    /// # Errors
    /// Never in practice: what was compressed here is whole.
    pub fn text(&self) -> std::io::Result<Vec<u8>> {
        let mut text = Vec::new();
        DeflateDecoder::new(self.deflated.chain(&LAST[..])).read_to_end(&mut text)?;
        Ok(text)
    }
}

/// The bytes of a gzip file of several pieces, in order, none of them copied.
#[must_use]
pub fn gzip(pieces: &[&Piece]) -> Vec<Bytes> {
    let mut crc = Crc::new();
    let mut bytes = vec![Bytes::from_static(&HEAD)];
    for piece in pieces {
        crc.combine(&piece.crc);
        bytes.push(piece.deflated.clone());
    }
    let mut end = LAST.to_vec();
    end.extend(crc.sum().to_le_bytes());
    end.extend(crc.amount().to_le_bytes());
    bytes.push(Bytes::from(end));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;

    #[test]
    fn pieces_are_one_gzip_file_in_their_order() {
        let long = "date,line,measure\n".repeat(20_000);
        let texts = ["head\n", "", long.as_str(), "end"];
        let pieces = texts.map(|text| Piece::of(text.as_bytes()).expect("in memory"));
        assert_eq!(pieces[2].text().expect("whole"), long.as_bytes());
        let zipped = gzip(&pieces.each_ref()).concat();
        assert!(zipped.len() < long.len() / 20);
        let mut read = String::new();
        // The decoder checks checksum and length; it would stop after the first of two members.
        let mut decoder = GzDecoder::new(zipped.as_slice());
        decoder.read_to_string(&mut read).expect("a gzip file");
        assert_eq!(read, texts.concat());
    }
}
