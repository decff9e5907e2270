//! Pages in `docs/` name files that exist: a map that is wrong is worse than none.

use crate::Offence;

/// Folders of the tree that a path in a page may begin with.
const FOLDERS: [&str; 6] = ["crates/", "tests/", "scripts/", "docs/", "sql-examples/", ".ci/"];

/// Paths in back-quotes that `exists` does not know. Commands count by their first word.
pub fn dead_paths(path: &str, page: &str, exists: impl Fn(&str) -> bool) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (i, line) in page.lines().enumerate() {
        // Every second piece between back-quotes is code.
        for code in line.split('`').skip(1).step_by(2) {
            let named = code.split_whitespace().next().unwrap_or_default();
            if FOLDERS.iter().any(|folder| named.starts_with(folder)) && !exists(named) {
                offences.push(Offence::of_line(path, i + 1, format!("{named} does not exist")));
            }
        }
    }
    offences
}
