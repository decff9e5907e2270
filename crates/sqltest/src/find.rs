//! Which files hold tests.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders inside folders, at most: one that is linked into itself ends somewhere.
const DEPTH_MAX: usize = 32;
/// What a triple's expected records stand in, beside its statements.
const OUTPUT: &str = "output.json";
/// What a triple's input records stand in.
const INPUT: &str = "input.json";

/// Something to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A file of SQL tests, and whether its folder was named rather than the file itself.
    Tests(PathBuf, bool),
    /// Statements, input and output.
    Triple(TripleFiles),
}

/// The files of a triple.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TripleFiles {
    /// The statements.
    pub sql: PathBuf,
    /// The input records, if there are any besides what the statements insert.
    pub input: Option<PathBuf>,
    /// The expected records.
    pub output: PathBuf,
}

/// What a path stands for: a file itself, a folder for all `.sql` files below it, in order of their names. A `.sql` file
/// with an `output.json` beside it is a triple.
///
/// # Errors
/// A file or folder cannot be looked at.
pub fn find(path: &Path) -> Result<Vec<Found>, String> {
    let mut found = Vec::new();
    walk(path, false, DEPTH_MAX, &mut found)?;
    Ok(found)
}

fn walk(path: &Path, below: bool, depth: usize, found: &mut Vec<Found>) -> Result<(), String> {
    let wrong = |e: std::io::Error| format!("{}: {e}", path.display());
    if !fs::metadata(path).map_err(wrong)?.is_dir() {
        found.push(file(path, below));
        return Ok(());
    }
    if depth == 0 {
        return Err(format!("{}: folders in folders, more than {DEPTH_MAX} deep", path.display()));
    }
    let entries = fs::read_dir(path).map_err(wrong)?.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        // A link to nowhere is nobody's test.
        let folder = fs::metadata(&path).is_ok_and(|m| m.is_dir());
        if folder || path.extension().is_some_and(|e| e.eq_ignore_ascii_case("sql")) {
            walk(&path, true, depth - 1, found)?;
        }
    }
    Ok(())
}

fn file(path: &Path, below: bool) -> Found {
    let beside = |name: &str| Some(path.with_file_name(name)).filter(|p| p.is_file());
    match beside(OUTPUT) {
        Some(output) => Found::Triple(TripleFiles { sql: path.to_owned(), input: beside(INPUT), output }),
        None => Found::Tests(path.to_owned(), below),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_order_and_triples_are_seen() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        for folder in ["a", "b"] {
            fs::create_dir(path(folder)).unwrap();
        }
        for name in ["z.sql", "y.txt", "a/x.SQL", "b/statements.sql", "b/output.json"] {
            fs::write(path(name), "").unwrap();
        }
        let triple =
            |input| Found::Triple(TripleFiles { sql: path("b/statements.sql"), input, output: path("b/output.json") });
        assert_eq!(
            find(root.path()).unwrap(),
            [Found::Tests(path("a/x.SQL"), true), triple(None), Found::Tests(path("z.sql"), true)]
        );
        fs::write(path("b/input.json"), "").unwrap();
        assert_eq!(find(&path("b")).unwrap(), [triple(Some(path("b/input.json")))]);
        assert_eq!(find(&path("y.txt")).unwrap(), [Found::Tests(path("y.txt"), false)]);
        assert!(find(&path("nowhere")).unwrap_err().contains("nowhere"));
    }
}
