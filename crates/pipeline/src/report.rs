//! A comparison in words, as people who know Terraform read it.

use std::fmt::Write as _;

use crate::diff::{Action, Change, Diff, is_start};

/// Everything that `plan` says. `subject`: what was compared; `server`: with what.
pub(crate) fn text(diff: &Diff, subject: &str, server: &str) -> String {
    let mut out = format!("{subject} → {server}\n\n");
    for change in &diff.changes {
        out.push_str(&line(change));
    }
    if diff.changes.is_empty() {
        out.push_str("  nothing, on either side\n");
    }
    let _ = writeln!(out, "\n{}", summary(diff));
    for blocked in &diff.blocked {
        let _ = writeln!(out, "! {blocked}");
    }
    if diff.loses() {
        out.push_str("! what is lost is lost for good: apply does this only with --allow-state-loss\n");
    }
    out
}

/// How many of what.
pub(crate) fn summary(diff: &Diff) -> String {
    if diff.is_empty() {
        let left = diff.count(Action::Leave);
        let left = if left > 0 { format!(" {left} not in the files, left alone.") } else { String::new() };
        return format!("Nothing to do: the server is as described.{left}");
    }
    let counted = [
        (Action::Create, "to create"),
        (Action::Upgrade, "to upgrade in place"),
        (Action::Replace, "to replace"),
        (Action::Delete, "to delete"),
        (Action::Unchanged, "unchanged"),
        (Action::Leave, "not in the files, left alone"),
    ];
    let parts = counted.iter().map(|(action, what)| (diff.count(*action), what)).filter(|(n, _)| *n > 0);
    format!("Plan: {}.", parts.map(|(n, what)| format!("{n} {what}")).collect::<Vec<_>>().join(", "))
}

fn line(change: &Change) -> String {
    let (mark, said) = match change.action {
        Action::Unchanged => ("  =", ""),
        Action::Create => ("  +", "create"),
        Action::Upgrade => ("  ~", "upgrade in place"),
        Action::Replace => ("-/+", "replace"),
        Action::Delete => ("  -", "delete"),
        Action::Leave => ("   ", "not in the files, left alone"),
    };
    let name = format!("{mark} {:<6} {}", change.noun, change.id);
    let mut out = if said.is_empty() { format!("{name}\n") } else { format!("{name:<36} {said}\n") };
    for difference in &change.differences {
        let part = difference.part;
        let mut label = part;
        for (sign, text) in [("-", &difference.from), ("+", &difference.to)] {
            if let Some(text) = text {
                let _ = writeln!(out, "      {label:<12} {sign} {}", text.replace('\n', " "));
                label = "";
            }
        }
    }
    for reason in &change.reasons {
        let _ = writeln!(out, "      because {}", reason.replace('\n', "\n        "));
    }
    for loss in &change.losses {
        let _ = writeln!(out, "    ! {loss}");
    }
    if change.action == Action::Upgrade && change.noun != "type" {
        out.push_str(match change.differences.iter().all(is_start) {
            true => "      it goes on from where it is: only a new query starts there\n",
            false => "      its results of before stay as they are\n",
        });
    }
    out
}
