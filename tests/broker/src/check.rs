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
