//! What a listener of the feed sends, cut into two pieces anywhere.
#![no_main]

use std::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use quietline::live::wire::{Demand, Incoming};

fn demands(pieces: &[&[u8]]) -> Vec<Demand> {
    let mut incoming = Incoming::default();
    let mut found = Vec::new();
    for piece in pieces {
        incoming.take(piece, |demand| {
            found.push(demand);
            ControlFlow::Continue(())
        });
    }
    found
}

fuzz_target!(|input: (u16, &[u8])| {
    let (cut, bytes) = input;
    let cut = usize::from(cut).min(bytes.len());
    let found = demands(&[bytes]);
    assert_eq!(found, demands(&[&bytes[..cut], &bytes[cut..]]));
    for (place, demand) in found.iter().enumerate() {
        match demand {
            Demand::Pong(payload) => assert!(payload.len() <= 125),
            Demand::Close(code) => {
                assert!((1000..5000).contains(code));
                assert_eq!(place + 1, found.len(), "nothing is read after a close");
            }
        }
    }
});
