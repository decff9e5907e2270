//! The list of checks.

use crate::outcome::Outcome;
use crate::target::Target;

/// One thing that every broker must do.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// What it is about, the name of its file.
    pub subject: &'static str,
    /// What the broker must do, within the subject.
    pub title: &'static str,
    run: fn(&Target) -> Outcome,
}

impl Check {
    /// `subject::title`, as `cargo test` has it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}::{}", self.subject, self.title)
    }

    /// Whether somebody who says `name` means this check: its whole name, or its subject.
    #[must_use]
    pub fn is_meant_by(&self, name: &str) -> bool {
        self.subject == name || self.name() == name
    }

    /// Runs it: what was seen, or why it failed.
    pub fn run(&self, target: &Target) -> Outcome {
        (self.run)(target)
    }
}

/// The check of this subject and title.
#[must_use]
pub fn find(subject: &str, title: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|c| c.subject == subject && c.title == title)
}

/// Calls a macro with the list of all checks, `subject { title, ... }` for each subject.
#[macro_export]
macro_rules! every_check {
    ($callback:ident) => {
        $callback! {
            topics {
                created, created_twice, only_validated, grown, deleted, names, collisions, partition_counts,
                bad_configs, named_twice_in_a_request, not_made_by_asking,
            }
            configs { with_the_library, sources, replaced, changed_one_by_one, bad_changes, take_effect }
            records { uncompressed, gzip, snappy, lz4, zstd, null_and_empty, large, too_large, many }
            groups {
                one_member, two_members, other_strategies, takeover_after_close, takeover_after_silence, offsets,
                listed_and_deleted, static_restart,
            }
            offsets { by_time_plain, by_time_gzip, by_time_snappy, by_time_lz4, by_time_zstd, ends }
            delete_records { with_the_library, limits }
            transactions {
                commit_and_abort, open_ones_hold_back, offsets, zombies, timeout, stale_generation,
                plain_commits_while_pending, many,
            }
            fencing {
                a_new_producer_fences, epochs_are_asked_for, timeout, a_deleted_topic_holds_nothing_up,
                offsets_go_with_their_topic,
            }
            cleaning {
                compaction, compaction_of_compressed, tombstones, compaction_needs_keys, compaction_and_retention,
                aborted_records_are_compacted, retention_by_time, retention_of_everything, retention_by_size,
                no_retention_without_reason, many_segments, log_append_time,
            }
            waiting { woken_by_a_record, until_its_time, for_enough_bytes, ended_by_an_error, committed_readers }
            produce {
                acknowledgements, failures_without_acknowledgement, broken_batches, broken_contents, what_is_no_batch,
                no_records, large_batches, zstd_of_old_clients, timestamps_of_the_future,
                more_replicas_than_there_are, recompressed, rewritten_parts, side_by_side, visible_at_once,
            }
            idempotence { duplicates, gaps, producers_are_apart, wrap, epochs, transactions_need_a_place }
            fetch { limits, of_several_partitions, ends, leader_epochs, isolation, aborted_list, sessions }
            membership {
                id_required, rebalance, commits_are_checked, session_timeout, static_rejoin, static_removal, protocols,
                rebalance_timeout,
            }
            frames {
                lengths, truncated, counts, garbage, garbage_after_a_real_header, unknown_api, unknown_version,
                versions_too_new, bad_client_names, pipelined, byte_by_byte, stalled, gone_while_waiting,
            }
            versions {
                produce, fetch, list_offsets, metadata, offset_commit, offset_fetch, find_coordinator, join_group,
                heartbeat, leave_group, sync_group, describe_groups, list_groups, api_versions, create_topics,
                delete_topics, delete_records, init_producer_id, offset_for_leader_epoch, add_partitions_to_txn,
                add_offsets_to_txn, end_txn, txn_offset_commit, describe_configs, alter_configs,
                incremental_alter_configs, describe_log_dirs, create_partitions, delete_groups, offset_delete,
                describe_cluster, describe_producers, describe_transactions, list_transactions, nothing_else,
            }
            scale { thousand_partitions, two_hundred_connections, slow_readers }
        }
    };
}

macro_rules! listed {
    ($($subject:ident { $($title:ident),+ $(,)? })+) => {
        /// All checks.
        pub const CHECKS: &[Check] = &[$($(Check {
            subject: stringify!($subject),
            title: stringify!($title),
            run: crate::subjects::$subject::$title,
        }),+),+];
    };
}

every_check!(listed);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names = CHECKS.iter().map(Check::name).collect::<Vec<_>>();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), CHECKS.len());
    }

    #[test]
    fn a_check_is_meant_by_its_name_and_its_subject() {
        let check = find("topics", "grown").unwrap();
        assert!(check.is_meant_by("topics") && check.is_meant_by("topics::grown") && !check.is_meant_by("grown"));
    }
}
