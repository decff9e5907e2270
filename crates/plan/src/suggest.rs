//! "Did you mean …?" for names that do not exist.

/// The candidate nearest to `name`, if one is near enough to be a slip.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let best = candidates.into_iter().map(|c| (distance(name, c), c)).min_by_key(|(d, _)| *d)?;
    let (edits, candidate) = best;
    (edits <= 1 + name.chars().count() / 4 && candidate != name).then_some(candidate)
}

/// Advice about the candidate nearest to `name`.
pub(crate) fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|candidate| {
        // A name with lower-case letters was quoted when it was declared and must be quoted to be meant.
        if candidate.chars().any(|c| c.is_lowercase()) {
            format!("Did you mean `{candidate}`? Names in quotes keep their case.")
        } else {
            format!("Did you mean {candidate}?")
        }
    })
}

/// ksqlDB's addition to an unknown source's message when a source differs in case only.
pub(crate) fn source_suggestion<'a>(name: &str, sources: impl IntoIterator<Item = &'a str>) -> String {
    let Some(other) = sources.into_iter().find(|s| s.eq_ignore_ascii_case(name)) else {
        return String::new();
    };
    if other == other.to_uppercase() {
        format!("\nDid you mean {other}? Hint: try removing double quotes from the source name.")
    } else {
        format!("\nDid you mean \"{other}\"? Hint: wrap the source name in double quotes to make it case-sensitive.")
    }
}

/// Edits (insert, delete, replace) from `a` to `b`, letters of different case being equal. Long names are cut: a slip is short.
fn distance(a: &str, b: &str) -> usize {
    let lower = |s: &str| s.chars().take(64).flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (a, b) = (lower(a), lower(b));
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let value = (diagonal + usize::from(x != y)).min(left + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = value;
            left = value;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_what_is_near() {
        assert_eq!(distance("kitten", "SITTING"), 3);
        assert_eq!(did_you_mean("PIRCE", ["ID", "PRICE"]), Some("Did you mean PRICE?".into()));
        assert_eq!(
            did_you_mean("NAME", ["ID", "name"]),
            Some("Did you mean `name`? Names in quotes keep their case.".into())
        );
        assert_eq!(did_you_mean("BOB", ["ID", "NAME"]), None);
        assert!(source_suggestion("input", ["INPUT"]).contains("removing double quotes"));
        assert!(source_suggestion("INPUT", ["input"]).contains("wrap the source name"));
        assert_eq!(source_suggestion("A", ["B"]), "");
    }
}
