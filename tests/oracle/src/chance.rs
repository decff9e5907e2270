//! Chance: every choice of a case is drawn from a generator that is made here from its seed.

/// The generator of a case.
pub(crate) type Chance = fastrand::Rng;

/// The generator of what is told by two numbers: a run's seed and a case, a case and a driving. Neighbouring ones draw
/// unrelated numbers.
pub(crate) fn of_part(seed: u64, part: u64) -> Chance {
    Chance::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ part.wrapping_mul(0xd1b5_4a32_d192_ed03))
}

/// Whether something happens that happens `percent` times in a hundred.
pub(crate) fn happens(chance: &mut Chance, percent: u8) -> bool {
    chance.u8(0..100) < percent
}

/// One of some things.
pub(crate) fn pick<T: Clone>(chance: &mut Chance, of: &[T]) -> T {
    of[chance.usize(0..of.len())].clone()
}
