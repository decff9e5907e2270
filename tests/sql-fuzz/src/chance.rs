//! Chance: every choice of a run is drawn from generators that are made here from the run's seed.

/// The generator of a run's parts.
pub(crate) type Chance = fastrand::Rng;

/// The generator of one part of the run with this seed. Neighbouring parts draw unrelated numbers.
pub(crate) fn of_part(seed: u64, part: u64) -> Chance {
    Chance::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ part.wrapping_mul(0xd1b5_4a32_d192_ed03))
}

/// Whether something happens that happens `percent` times in a hundred.
pub(crate) fn happens(chance: &mut Chance, percent: u8) -> bool {
    chance.u8(0..100) < percent
}

/// One of some things; `None` of none.
pub(crate) fn one_of<'a, T>(chance: &mut Chance, of: &'a [T]) -> Option<&'a T> {
    if of.is_empty() { None } else { of.get(chance.usize(0..of.len())) }
}

/// One of some texts.
pub(crate) fn word(chance: &mut Chance, of: &[&str]) -> String {
    one_of(chance, of).map_or_else(String::new, |word| (*word).to_owned())
}
