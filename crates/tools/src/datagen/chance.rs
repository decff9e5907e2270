//! Where made-up data gets its numbers: from a seed, or from somewhere when none is given.

/// A source of numbers.
#[derive(Debug)]
pub(super) struct Chance(fastrand::Rng);

impl Chance {
    /// One that is different every time.
    pub(super) fn new() -> Self {
        Self(fastrand::Rng::new())
    }

    /// One that is the same for the same seed, on any machine.
    pub(super) fn with_seed(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.i64(low..=high)
    }

    /// A number below 1, not negative.
    pub(super) fn share(&mut self) -> f64 {
        self.0.f64()
    }

    /// One of these; the empty text of none.
    pub(super) fn one_of<'a>(&mut self, of: &[&'a str]) -> &'a str {
        if of.is_empty() { "" } else { of.get(self.0.usize(0..of.len())).copied().unwrap_or_default() }
    }
}
