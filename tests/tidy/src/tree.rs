//! The files of the workspace, read once per test: everything but version control, build output and caches.

use std::path::{Path, PathBuf};

/// Folders that hold nothing written by hand; `.git` is a file where the tree is one of several of a repository.
const SKIPPED: [&str; 5] = [".git", "target", "build", "__pycache__", "node_modules"];

/// A text file.
#[derive(Debug, Clone)]
pub struct File {
    /// Path from the root of the workspace, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every text file below `folder` (a path from the root; empty: the whole tree), in path order.
/// Files that are not UTF-8 are left out: they hold no text to judge.
///
/// Errors: a folder or file that cannot be read.
pub fn files(folder: &str) -> std::io::Result<Vec<File>> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if SKIPPED.contains(&name.as_str()) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else if !name.ends_with(".log")
                && let Ok(text) = String::from_utf8(std::fs::read(&path)?)
            {
                found.push(File { path: from_root(&path), text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Every Rust file of the crates and the test crates.
///
/// Errors: as [`files`].
pub fn rust_files() -> std::io::Result<Vec<File>> {
    let mut found = files("crates")?;
    found.extend(files("tests")?);
    found.retain(|f| f.path.ends_with(".rs"));
    Ok(found)
}

fn from_root(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}
