//! Whatever bytes come, reading them ends with an answer. Seeded damage to valid batches.

use std::ops::ControlFlow;

use super::build::Batch;
use super::header::{self, Header};
use super::{check, compress, control, records};

const ROUNDS: usize = 4_000;
const MAX_UNPACKED: usize = 1 << 20;

fn valid(random: &mut fastrand::Rng) -> Vec<u8> {
    if random.u8(..10) == 0 {
        return control::marker(random.i64(0..100), random.i16(0..3), random.bool(), 0, random.i64(0..1 << 40));
    }
    let mut batch = Batch::new(0).codec(random.i16(compress::NONE..=compress::ZSTD));
    if random.bool() {
        batch = batch.producer(random.i64(0..100), random.i16(0..3), random.i32(0..));
    }
    for _ in 0..random.usize(1..20) {
        let bytes: Vec<u8> = (0..random.usize(..200)).map(|_| random.u8(0..3)).collect();
        let (key, value) = (random.bool().then_some(&bytes[..]), random.bool().then_some(&bytes[..]));
        batch = batch.record_with_headers(random.i64(..), key, value, &[("a", key), ("", value)][..random.usize(..3)]);
    }
    batch.bytes()
}

fn damage(random: &mut fastrand::Rng, batch: &mut Vec<u8>) {
    for _ in 0..random.usize(1..5) {
        let at = random.usize(..batch.len().max(1));
        match random.u8(..6) {
            0 => batch.truncate(at),
            1 => batch.extend((0..random.usize(..80)).map(|n| n as u8)),
            // Long varints and negative lengths.
            2 => batch.iter_mut().skip(at).take(6).for_each(|byte| *byte = 0xff),
            // Numbers of the header at their ends.
            3 => {
                let number = [i32::MAX, i32::MIN, -1, 0][random.usize(..4)].to_be_bytes();
                let at = [8, 23, 53, 57][random.usize(..4)];
                if let Some(place) = batch.get_mut(at..at + 4) {
                    place.copy_from_slice(&number);
                }
            }
            _ => {
                if let Some(byte) = batch.get_mut(at) {
                    *byte = random.u8(..);
                }
            }
        }
    }
    // As an attacker would: the length and the checksum fit, so that the inner parts are reached.
    if random.bool() && batch.len() > header::HEADER_BYTES {
        let length = (batch.len() - header::LENGTH_END) as i32;
        batch[8..12].copy_from_slice(&length.to_be_bytes());
        header::seal(batch);
    }
}

#[test]
fn no_bytes_break_the_readers() {
    let mut random = fastrand::Rng::with_seed(0x5eed);
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        let mut batch = valid(&mut random);
        let count = Header::parse(&batch).unwrap().count;
        let mut read = 0;
        let reading = records::each(&batch, MAX_UNPACKED, |_| {
            read += 1;
            ControlFlow::Continue(())
        });
        assert_eq!((reading, read), (Ok(()), count), "round {round}");
        damage(&mut random, &mut batch);
        let checked = check::batches(&batch, MAX_UNPACKED);
        if let Ok(ranges) = &checked {
            assert!(ranges.iter().all(|range| batch.get(range.clone()).is_some()), "round {round}");
        }
        let mut records = 0;
        let reading = records::each(&batch, MAX_UNPACKED, |record| {
            assert!(record.raw.len() > record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len));
            records += 1;
            ControlFlow::Continue(())
        });
        let _ = (control::kind(&batch), check::content(&batch, MAX_UNPACKED, true), check::is_zstd(&batch));
        if checked.is_ok() && reading.is_ok() {
            assert_eq!(Some(records), Header::parse(&batch).map(|h| h.count), "round {round}");
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    // Both ways are taken often enough to mean something.
    assert!(accepted > ROUNDS / 50 && refused > ROUNDS / 2, "{accepted} accepted, {refused} refused");
}
