//! What happens to a group by the passing of time alone.

use super::machine::{Group, GroupState, JoinTimer, Rules};

impl Group {
    /// When [`Group::upkeep`] may next have something to do, steady ms.
    pub(super) fn next_ms(&self) -> i64 {
        let members = self.members.values().filter_map(super::member::Member::dies_ms);
        let join = self.join_timer.map(|timer| match timer {
            JoinTimer::Initial { at_ms, .. } | JoinTimer::Rejoin { at_ms } => at_ms,
        });
        members.chain(self.pending.values().copied()).chain(join).chain(self.sync_deadline_ms).min().unwrap_or(i64::MAX)
    }

    /// Ends sessions, joins and syncs whose time is up.
    pub(crate) fn upkeep(&mut self, rules: &Rules, now_ms: i64) {
        self.pending.retain(|_, until| *until > now_ms);
        let silent = |m: &super::member::Member| m.dies_ms().is_some_and(|at| at <= now_ms);
        self.evict(rules, now_ms, |_, member| silent(member));
        match self.join_timer {
            Some(JoinTimer::Initial { at_ms, waited_ms, rest_ms }) if at_ms <= now_ms => {
                if self.member_added && rest_ms > 0 {
                    // Somebody came meanwhile, more may follow.
                    self.member_added = false;
                    let delay_ms = rules.initial_delay_ms.max(1).min(rest_ms);
                    let rest_ms = rest_ms.saturating_sub(waited_ms.max(1)).max(0);
                    let at_ms = now_ms.saturating_add(delay_ms);
                    self.join_timer = Some(JoinTimer::Initial { at_ms, waited_ms: delay_ms, rest_ms });
                } else {
                    self.complete_join(now_ms);
                }
            }
            Some(JoinTimer::Rejoin { at_ms }) if at_ms <= now_ms => self.complete_join(now_ms),
            _ => self.complete_join_if_all_are_here(now_ms),
        }
        if self.sync_deadline_ms.is_some_and(|at| at <= now_ms) {
            self.sync_deadline_ms = None;
            if matches!(self.state, GroupState::CompletingRebalance | GroupState::Stable) {
                let late = std::mem::take(&mut self.to_sync);
                self.evict(rules, now_ms, |id, _| late.contains(id));
            }
        }
    }

    fn evict(&mut self, rules: &Rules, now_ms: i64, which: impl Fn(&str, &super::member::Member) -> bool) {
        let out: Vec<String> = self.members.iter().filter(|(id, m)| which(id, m)).map(|(id, _)| id.clone()).collect();
        if !out.is_empty() {
            for id in &out {
                self.remove(id);
            }
            self.after_removal(rules, now_ms);
        }
    }
}
