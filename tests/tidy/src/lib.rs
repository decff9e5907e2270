//! House rules that neither the compiler nor clippy checks, as plain tests: `cargo test -p tidy`.
//!
//! A rule is a pure function from a text (a source file, a manifest) to its offences, so that each rule is tested on
//! texts that break it before it is run over the tree. A failing test prints every offending place.
//!
//! - [`source`]: how a Rust file begins, how long it is, what it must not contain;
//! - [`clock`]: time and chance come only from the modules on its list;
//! - [`manifest`]: which crate may depend on which, where a dependency may come from, that each one is documented;
//! - [`leak`]: no path or host of the machine that a file was written on;
//! - [`pages`]: what the docs say about the tree;
//! - [`tree`]: the files looked at.

pub mod clock;
pub mod leak;
pub mod manifest;
pub mod pages;
pub mod source;
pub mod tree;

#[cfg(test)]
mod tests;

/// A broken rule at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offence {
    /// Path from the root of the workspace.
    pub path: String,
    /// Line, from 1; 0 for the whole file.
    pub line: usize,
    /// What is wrong, and what to do instead where that is not plain.
    pub what: String,
}

impl Offence {
    /// An offence of the file as a whole.
    pub fn of_file(path: &str, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: 0, what: what.into() }
    }

    /// An offence of one line, counted from 1.
    pub fn of_line(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl std::fmt::Display for Offence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}
