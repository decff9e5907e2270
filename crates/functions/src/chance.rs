//! Where functions draw numbers, and nowhere else: from the machine, or from a seed where a run must be repeatable.
//!
//! Expressions are evaluated deep below whoever knows the seed, so that it is kept for the thread.

use std::cell::RefCell;

use fastrand::Rng;
use uuid::{Builder, Uuid};

thread_local! {
    static SEEDED: RefCell<Option<Rng>> = const { RefCell::new(None) };
}

/// Makes everything that this thread draws from here on follow from `seed`; for simulations and tests.
pub fn seed(seed: u64) {
    SEEDED.set(Some(Rng::with_seed(seed)));
}

/// Numbers from 0 (included) to 1 (excluded).
pub(crate) fn units(count: usize) -> Vec<f64> {
    SEEDED.with_borrow_mut(|seeded| match seeded {
        Some(rng) => (0..count).map(|_| rng.f64()).collect(),
        None => (0..count).map(|_| fastrand::f64()).collect(),
    })
}

/// A UUID of version 4. Unseeded ones are of the quality that ids need: no two of any processes are the same.
pub(crate) fn uuid() -> Uuid {
    SEEDED.with_borrow_mut(|seeded| match seeded {
        Some(rng) => Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid(),
        None => Uuid::new_v4(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_what_is_drawn() {
        let draw = |from| {
            seed(from);
            (units(3), uuid())
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_eq!(draw(1).1.get_version_num(), 4);
    }

    #[test]
    fn unseeded_draws_differ() {
        assert_ne!(uuid(), uuid());
        assert!(units(1000).iter().all(|v| (0.0..1.0).contains(v)));
        assert_ne!(units(2), units(2));
    }
}
