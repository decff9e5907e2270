//! Damage to whole requests, drawn from a seed: the same seed damages the same request in the same way.

use crate::batch::BOUNDARIES;
use crate::chance::{Chance, happens, one_of};

/// Bytes of a frame's length.
pub(crate) const LENGTH: usize = 4;
/// Numbers that lengths and counts should never be.
const NUMBERS: [i32; 9] = [i32::MAX, i32::MIN, -1, -2, 0, 1, 1 << 24, 199_999, 300];
/// The largest unsigned number of seven bits a byte.
const LARGEST_VARINT: [u8; 5] = [0xff, 0xff, 0xff, 0xff, 0x0f];
/// A damaged frame does not grow beyond this, bytes.
const LARGEST_FRAME: usize = 64 << 10;

/// The ways to damage a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Damage {
    /// One bit is turned over.
    #[default]
    Bit,
    /// A byte becomes the bound of some number.
    Boundary,
    /// The end is missing.
    Truncation,
    /// Something follows the end.
    Extension,
    /// Two bytes, the length of a string, become another number.
    ShortLength,
    /// Four bytes, a length or a count, become a number that is far too large, negative or otherwise out of bounds.
    Count,
    /// A compact length becomes the largest of its kind.
    CompactCount,
    /// A part comes twice.
    Repetition,
    /// The end is that of another request.
    Splice,
    /// Another API, known or not.
    Api,
    /// Another version.
    Version,
    /// All behind the header is noise.
    Noise,
}

const ALL: [Damage; 12] = [
    Damage::Bit,
    Damage::Boundary,
    Damage::Truncation,
    Damage::Extension,
    Damage::ShortLength,
    Damage::Count,
    Damage::CompactCount,
    Damage::Repetition,
    Damage::Splice,
    Damage::Api,
    Damage::Version,
    Damage::Noise,
];

/// Damages a frame, which begins with its length, in one to three ways; its length fits afterwards.
pub(crate) fn damage(chance: &mut Chance, frame: &mut Vec<u8>, other: &[u8]) {
    // Most damage of one bit or byte leaves a request that can be read, and so gets furthest.
    let times = if happens(chance, 70) { 1 } else { chance.usize(2..=3) };
    for _ in 0..times {
        let kind =
            if happens(chance, 45) { one_of(chance, &[Damage::Bit, Damage::Boundary]) } else { one_of(chance, &ALL) };
        apply(chance, kind, frame, other);
    }
    frame.truncate(LARGEST_FRAME);
    let length = frame.len().saturating_sub(LENGTH);
    set_length(frame, length);
}

/// Gives a frame a length that is not its own, so that its end is not where the next frame begins.
pub(crate) fn damage_length(chance: &mut Chance, frame: &mut [u8]) {
    let own = frame.len().saturating_sub(LENGTH);
    match chance.u8(0..4) {
        0 => set_length(frame, own.saturating_add(chance.usize(1..100))),
        1 => set_length(frame, own.saturating_sub(chance.usize(1..100))),
        2 => put(frame, 0, &one_of(chance, &NUMBERS).to_be_bytes()),
        _ => put(frame, 0, &chance.i32(..).to_be_bytes()),
    }
}

/// Sets a frame's length, bytes.
pub(crate) fn set_length(frame: &mut [u8], bytes: usize) {
    put(frame, 0, &u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes());
}

fn apply(chance: &mut Chance, kind: Damage, frame: &mut Vec<u8>, other: &[u8]) {
    if frame.len() <= LENGTH {
        frame.resize(LENGTH + 1, 0);
    }
    let at = chance.usize(LENGTH..frame.len());
    match kind {
        Damage::Bit => {
            let bit = 1 << chance.u8(0..8);
            frame.get_mut(at).into_iter().for_each(|byte| *byte ^= bit);
        }
        Damage::Boundary => put(frame, at, &[one_of(chance, &BOUNDARIES)]),
        Damage::Truncation => frame.truncate(at),
        Damage::Extension => {
            let byte = one_of(chance, &BOUNDARIES);
            frame.extend(std::iter::repeat_n(byte, chance.usize(1..50)));
        }
        Damage::ShortLength => put(frame, at, &one_of(chance, &[i16::MAX, i16::MIN, -1, -2, 0, 1, 255]).to_be_bytes()),
        Damage::Count => put(frame, at, &one_of(chance, &NUMBERS).to_be_bytes()),
        Damage::CompactCount => put(frame, at, &LARGEST_VARINT),
        Damage::Repetition => {
            let end = chance.usize(at..=frame.len()).min(at + 200);
            let part = frame.get(at..end).unwrap_or_default().to_vec();
            let times = one_of(chance, &[1, 1, 1, 2, 50]);
            frame.splice(at..at, part.repeat(times));
        }
        Damage::Splice => {
            let from = chance.usize(LENGTH.min(other.len())..=other.len());
            frame.truncate(at);
            frame.extend(other.get(from..).unwrap_or_default());
        }
        Damage::Api => {
            let key = if happens(chance, 80) { chance.i16(0..90) } else { chance.i16(..) };
            put(frame, LENGTH, &key.to_be_bytes());
        }
        Damage::Version => {
            let version = if happens(chance, 80) { chance.i16(0..14) } else { chance.i16(..) };
            put(frame, LENGTH + 2, &version.to_be_bytes());
        }
        Damage::Noise => {
            let header = (LENGTH + 10).min(frame.len());
            frame.iter_mut().skip(header).for_each(|byte| *byte = chance.u8(..));
        }
    }
}

/// Overwrites what is there; what would lie beyond the end is left out.
fn put(frame: &mut [u8], at: usize, bytes: &[u8]) {
    frame.iter_mut().skip(at).zip(bytes).for_each(|(to, from)| *to = *from);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::of_part;

    fn damaged(seed: u64) -> Vec<Vec<u8>> {
        let mut chance = of_part(seed, 1);
        let frames = (0..500).map(|n| {
            let mut frame = vec![0; n % 90];
            damage(&mut chance, &mut frame, &[9; 40]);
            frame
        });
        frames.collect()
    }

    #[test]
    fn a_seed_does_the_same_damage() {
        assert_eq!(damaged(1), damaged(1));
        assert_ne!(damaged(1), damaged(2));
    }

    #[test]
    fn a_damaged_frame_has_its_own_length() {
        for frame in damaged(3) {
            let length = u32::from_be_bytes(frame[..4].try_into().unwrap());
            assert_eq!(usize::try_from(length).unwrap(), frame.len() - LENGTH);
        }
    }

    #[test]
    fn every_kind_changes_something() {
        for kind in ALL {
            let mut chance = of_part(5, 0);
            let intact = (0..60_u8).collect::<Vec<_>>();
            let changed = (0..200).any(|_| {
                let mut frame = intact.clone();
                apply(&mut chance, kind, &mut frame, &[7; 30]);
                frame != intact
            });
            assert!(changed, "{kind:?}");
        }
    }

    #[test]
    fn a_damaged_length_is_another_one() {
        let mut chance = of_part(6, 0);
        let mut frame = vec![0; 54];
        set_length(&mut frame, 50);
        let intact = frame.clone();
        assert!((0..20).all(|_| {
            frame.clone_from(&intact);
            damage_length(&mut chance, &mut frame);
            frame != intact
        }));
    }
}
