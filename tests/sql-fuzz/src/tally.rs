//! What happened in a run, counted.

use std::collections::BTreeMap;
use std::time::Duration;

/// Most reasons that are shown.
const REASONS_SHOWN: usize = 40;
/// Characters of a reason that count.
const REASON_LENGTH: usize = 70;

/// Counts of a run.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// Texts made.
    pub texts: u64,
    /// Of these, damaged ones.
    pub damaged: u64,
    /// Damaged ones that still read.
    pub damaged_read: u64,
    /// Texts that the parser refused.
    pub refused: u64,
    /// Statements with a plan.
    pub planned: u64,
    /// Statements that the planner refused.
    pub unplanned: u64,
    /// Why the planner refused, without the names and numbers of the statement at hand, and how often.
    pub reasons: BTreeMap<String, u64>,
    /// The longest time that a text took.
    pub slowest: Duration,
}

impl Tally {
    /// Adds another's counts.
    pub(crate) fn add(&mut self, other: &Self) {
        self.texts += other.texts;
        self.damaged += other.damaged;
        self.damaged_read += other.damaged_read;
        self.refused += other.refused;
        self.planned += other.planned;
        self.unplanned += other.unplanned;
        self.slowest = self.slowest.max(other.slowest);
        for (reason, times) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += times;
        }
    }

    /// Counts a reason.
    pub(crate) fn refused_because(&mut self, message: &str) {
        let mut reason = String::new();
        for (i, part) in message.split(['\'', '`']).enumerate() {
            // Every other part stood in quotes.
            reason.push_str(if i % 2 == 0 { part } else { "…" });
        }
        reason.retain(|c| !c.is_ascii_digit());
        let reason = reason.chars().take(REASON_LENGTH).collect();
        *self.reasons.entry(reason).or_default() += 1;
    }

    /// The most frequent reasons, a line each.
    pub fn reasons(&self) -> String {
        let mut reasons: Vec<(&String, &u64)> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
        let shown = reasons.into_iter().take(REASONS_SHOWN).map(|(reason, times)| format!("{times:8} {reason:?}\n"));
        shown.collect()
    }

    /// The counts in a line.
    pub fn line(&self) -> String {
        format!(
            "{} texts, {} damaged ({} of them still read), {} refused by the parser; {} statements planned, {} refused by the \
             planner; slowest {} ms",
            self.texts,
            self.damaged,
            self.damaged_read,
            self.refused,
            self.planned,
            self.unplanned,
            self.slowest.as_millis()
        )
    }
}
