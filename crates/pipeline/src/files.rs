//! Which files a pipeline is made of.

use std::path::{Path, PathBuf};

use millstream_sql::{Part, split};

/// Folders of which nothing describes the catalog.
const OTHER_FOLDERS: [&str; 3] = ["tests", "test", "migrations"];
/// The folder of records, which nobody reads line by line.
const DATA: &str = "data";
/// The directive that says that a file holds tests.
const TEST: &str = "test";
/// How deep folders are searched.
const DEPTH_MAX: usize = 16;

/// A file of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SqlFile {
    /// Its path, as people know it.
    pub(crate) path: PathBuf,
    /// What is in it.
    pub(crate) text: String,
}

impl SqlFile {
    /// Its path as text.
    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn is_test(&self) -> bool {
        let test = |part: &Part| matches!(part, Part::Directive(directive) if directive.name == TEST);
        self.text.contains("--@") && split(&self.text).iter().any(test)
    }
}

/// The files of a pipeline, in the order of their paths: one file, or all `.sql` of a folder and those below it but for
/// tests, migrations and data. Errors: one sentence about what cannot be read, or that there is nothing.
pub(crate) fn pipeline(paths: &[PathBuf]) -> Result<Vec<SqlFile>, String> {
    let mut files = all(paths, false)?;
    files.retain(|file| !file.is_test());
    if files.is_empty() {
        let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(format!("{}: no .sql file that describes a pipeline", shown.join(", ")));
    }
    Ok(files)
}

/// All files of SQL below these paths; `everything`: tests and migrations too. Never data.
pub(crate) fn all(paths: &[PathBuf], everything: bool) -> Result<Vec<SqlFile>, String> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() { search(path, everything, 0, &mut found)? } else { found.push(path.clone()) }
    }
    found.sort();
    found.dedup();
    found.into_iter().map(read).collect()
}

fn search(folder: &Path, everything: bool, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), String> {
    let told = |e: std::io::Error| format!("{}: {e}", folder.display());
    if depth > DEPTH_MAX {
        return Err(format!("{}: folders are more than {DEPTH_MAX} levels deep", folder.display()));
    }
    for entry in std::fs::read_dir(folder).map_err(told)? {
        let path = entry.map_err(told)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let other = name == DATA || name.starts_with('.') || (!everything && OTHER_FOLDERS.contains(&name.as_str()));
        if path.is_dir() {
            if !other {
                search(&path, everything, depth + 1, found)?;
            }
        } else if name.ends_with(".sql") && !name.starts_with('.') {
            found.push(path);
        }
    }
    Ok(())
}

fn read(path: PathBuf) -> Result<SqlFile, String> {
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(SqlFile { path, text }),
        Err(e) => Err(format!("{}: {e}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_migrations_and_data_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("b.sql", "x");
        write("a/c.sql", "x");
        write("a/note.txt", "x");
        write("tests/t.sql", "x");
        write("data/d.sql", "x");
        write(".hidden/h.sql", "x");
        write("check.sql", "--@test: one\nSELECT 1;");
        let names = |files: Vec<SqlFile>| {
            let below = |file: &SqlFile| file.path.strip_prefix(folder.path()).unwrap().display().to_string();
            files.iter().map(below).collect::<Vec<_>>()
        };
        assert_eq!(names(pipeline(&[folder.path().into()]).unwrap()), ["a/c.sql", "b.sql"]);
        let everything = ["a/c.sql", "b.sql", "check.sql", "tests/t.sql"];
        assert_eq!(names(all(&[folder.path().into()], true).unwrap()), everything);
        assert!(pipeline(&[folder.path().join("tests/..").join("nope.sql")]).is_err());
        assert!(pipeline(&[folder.path().join("check.sql")]).unwrap_err().contains("no .sql file"));
    }
}
