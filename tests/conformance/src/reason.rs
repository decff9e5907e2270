//! Why a case fails, in a few words that stay the same from run to run.

use crate::report::Outcome;

/// The reason for the list of known failures.
pub fn reason(outcome: Outcome, why: &str) -> String {
    match outcome {
        Outcome::Timeout => "takes too long".to_owned(),
        Outcome::Error => "panics".to_owned(),
        _ => short(why.lines().next().unwrap_or_default()),
    }
}

fn short(line: &str) -> String {
    line.chars().take(80).collect()
}
