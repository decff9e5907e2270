//! The account of what came out against what must have: each record once, in the order of its partition.

/// What came out of one partition, by number.
#[derive(Debug, Default, Clone)]
pub(crate) struct Account {
    /// Bit n: number n has been seen.
    seen: Vec<bool>,
    last: Option<u64>,
    /// Records, all told.
    pub(crate) records: u64,
    /// Numbers that came again.
    pub(crate) doubled: u64,
    /// Numbers that came after a higher one, without having been seen before.
    pub(crate) misplaced: u64,
    /// Records without a number that any producer here can have given.
    pub(crate) foreign: u64,
}

/// More records than any run produces in one partition: a higher number is nonsense, and would be a bit at that place.
const HIGHEST: u64 = 1 << 30;

/// The verdict over some accounts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Records that came out.
    pub(crate) records: u64,
    /// Expected numbers that never came.
    pub(crate) lost: u64,
    /// Numbers that came again.
    pub(crate) doubled: u64,
    /// Numbers in the wrong order.
    pub(crate) misplaced: u64,
    /// Numbers that should not have come.
    pub(crate) unexpected: u64,
}

impl Verdict {
    /// Exactly once, in order, and nothing else.
    pub(crate) fn clean(&self) -> bool {
        self.lost + self.doubled + self.misplaced + self.unexpected == 0
    }

    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            records: self.records + other.records,
            lost: self.lost + other.lost,
            doubled: self.doubled + other.doubled,
            misplaced: self.misplaced + other.misplaced,
            unexpected: self.unexpected + other.unexpected,
        }
    }

    /// For the report.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "records": self.records, "lost": self.lost, "doubled": self.doubled,
            "misplaced": self.misplaced, "unexpected": self.unexpected,
        })
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { records, lost, doubled, misplaced, unexpected } = self;
        write!(f, "{records} records, {lost} lost, {doubled} doubled, {misplaced} misplaced, {unexpected} unexpected")
    }
}

impl Account {
    /// Enters number `n`; `None`: the record had none.
    pub(crate) fn enter(&mut self, n: Option<u64>) {
        self.records += 1;
        let Some(n) = n.filter(|n| *n < HIGHEST) else {
            self.foreign += 1;
            return;
        };
        let at = n as usize;
        if at >= self.seen.len() {
            self.seen.resize(at + 1, false);
        }
        if std::mem::replace(&mut self.seen[at], true) {
            self.doubled += 1;
        } else if self.last.is_some_and(|last| n < last) {
            self.misplaced += 1;
        }
        self.last = self.last.max(Some(n));
    }

    /// How many different numbers have been seen.
    pub(crate) fn distinct(&self) -> u64 {
        self.records - self.doubled - self.foreign
    }

    /// The highest number seen.
    pub(crate) fn last(&self) -> Option<u64> {
        self.last
    }

    /// Against the numbers below `produced` that `expected` holds for.
    pub(crate) fn verdict(&self, produced: u64, expected: impl Fn(u64) -> bool) -> Verdict {
        let has = |n: u64| usize::try_from(n).ok().and_then(|n| self.seen.get(n)).copied().unwrap_or(false);
        let end = produced.max(self.seen.len() as u64);
        let mut verdict = Verdict {
            records: self.records,
            doubled: self.doubled,
            misplaced: self.misplaced,
            unexpected: self.foreign,
            lost: 0,
        };
        for n in 0..end {
            match (n < produced && expected(n), has(n)) {
                (true, false) => verdict.lost += 1,
                (false, true) => verdict.unexpected += 1,
                _ => {}
            }
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(numbers: &[u64], produced: u64, lost: u64, doubled: u64, misplaced: u64, unexpected: u64) {
        let mut account = Account::default();
        numbers.iter().for_each(|n| account.enter(Some(*n)));
        let verdict = account.verdict(produced, |n| n % 2 == 0);
        let records = numbers.len() as u64;
        assert_eq!(verdict, Verdict { records, lost, doubled, misplaced, unexpected }, "{numbers:?}");
    }

    #[test]
    fn every_kind_of_fault_is_counted() {
        check(&[0, 2, 4], 6, 0, 0, 0, 0);
        check(&[0, 4], 6, 1, 0, 0, 0);
        check(&[0, 2, 2, 4], 6, 0, 1, 0, 0);
        check(&[0, 2, 4, 2], 6, 0, 1, 0, 0);
        check(&[2, 0, 4], 6, 0, 0, 1, 0);
        check(&[0, 1, 2, 4], 6, 0, 0, 0, 1);
        check(&[0, 2, 4, 6], 6, 0, 0, 0, 1);
        check(&[], 5, 3, 0, 0, 0);
        check(&[0, 2, 4, u64::MAX], 6, 0, 0, 0, 1);
    }
}
