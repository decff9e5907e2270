//! Flaws put in on purpose: what watches the engine must see each of them.

use millstream_plan::topology::{Join, JoinKind, Stage, Step};

use crate::chance::of_part;
use crate::check::check;
use crate::shape::draw;

/// Something that an operator or a worker must not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// A filter lets everything through.
    Filter,
    /// Windows and joins take rows a second longer.
    Grace,
    /// Streams are joined with what is two seconds further away, too.
    Within,
    /// A join keeps rows without a partner, or does not, the other way round.
    Kind,
    /// One row more of each partition is numbered.
    Limit,
    /// Rows stay in their partition though others of their group or key are elsewhere.
    Moves,
    /// Rows between parts go to any partition.
    Scatters,
    /// A task that starts anew knows nothing.
    ForgetsState,
    /// What is gone from a state is there again after a start.
    KeepsGone,
    /// What an undone epoch has produced stays.
    KeepsUndone,
    /// A record of a batch is lost.
    LosesRecords,
    /// Two records of a batch change places.
    Swaps,
}

impl Flaw {
    /// All of them.
    pub(crate) const ALL: &[Self] = &[
        Self::Filter,
        Self::Grace,
        Self::Within,
        Self::Kind,
        Self::Limit,
        Self::Moves,
        Self::Scatters,
        Self::ForgetsState,
        Self::KeepsGone,
        Self::KeepsUndone,
        Self::LosesRecords,
        Self::Swaps,
    ];

    /// Puts it into the steps of a query, if it belongs there.
    pub(crate) fn put_into(self, stages: &mut [Stage]) {
        for stage in stages {
            if self == Self::Filter {
                stage.steps.retain(|step| !matches!(step, Step::Filter { .. }));
            }
            for step in &mut stage.steps {
                match step {
                    Step::Join(join) => self.join(join),
                    Step::Aggregate(aggregate) => {
                        aggregate.moves &= self != Self::Moves;
                        if let (Self::Grace, Some(window)) = (self, &mut aggregate.window) {
                            window.grace += 1000;
                        }
                    }
                    Step::Rank(rank) => {
                        rank.moves &= self != Self::Moves;
                        if self == Self::Limit {
                            rank.limit += 1;
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn join(self, join: &mut Join) {
        match self {
            Self::Kind => {
                join.kind = match join.kind {
                    JoinKind::Inner => JoinKind::Left,
                    _ => JoinKind::Inner,
                };
            }
            Self::Moves => (join.left_moves, join.right_moves) = (false, false),
            Self::Grace | Self::Within => {
                if let Some(within) = &mut join.within {
                    let (grace, near) = if self == Self::Grace { (1000, 0) } else { (0, 2000) };
                    within.grace += grace;
                    within.retention += grace + 2 * near;
                    within.before += near;
                    within.after += near;
                }
            }
            _ => {}
        }
    }
}

/// The first of so many cases in which a flaw shows; `None`: it shows in none.
pub(crate) fn shown(flaw: Flaw, seed: u64, cases: u64) -> Option<u64> {
    (0..cases).find(|number| check(&draw(of_part(seed, *number), None), *number, Some(flaw)).is_err())
}

/// Puts each flaw in and says in which case it showed first, and whether all of them did.
pub fn all_shown(seed: u64, cases: u64) -> (String, bool) {
    let (mut text, mut all) = (String::new(), true);
    for flaw in Flaw::ALL {
        let found = shown(*flaw, seed, cases);
        all &= found.is_some();
        let line = found.map_or(format!("in none of {cases} cases"), |number| format!("first in case {number}"));
        text.push_str(&format!("{flaw:?} shows {line}\n"));
    }
    (text, all)
}

#[cfg(test)]
mod tests {
    use super::all_shown;

    #[test]
    fn each_is_seen() {
        let (text, all) = all_shown(11, 1000);
        assert!(all, "{text}");
    }
}
