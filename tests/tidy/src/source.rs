//! Rules of a single Rust file: it says what it is, it is one room, it is finished.

use crate::Offence;

/// The longest that a file may be; half of it is where to start thinking of two.
pub const MAX_LINES: usize = 800;

/// What unfinished or switched-off code contains. Pieces, so that this file does not offend.
const UNFINISHED: [&str; 4] =
    [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("#[", "ignore"), concat!("dbg", "!(")];

/// Words of file names that say nothing about the job.
const EMPTY_NAMES: [&str; 4] = ["manager", "helper", "utils", "util"];

/// The file must open with a module doc that says something.
pub fn opening(path: &str, text: &str) -> Vec<Offence> {
    let first = text.lines().next().unwrap_or_default();
    match first.strip_prefix("//!") {
        Some(said) if said.trim().len() >= 12 => Vec::new(),
        Some(_) => vec![Offence::of_line(path, 1, "the opening `//!` must say what the file is")],
        None => vec![Offence::of_line(path, 1, "must open with `//!`: what it is and why")],
    }
}

/// The file must not be longer than [`MAX_LINES`].
pub fn length(path: &str, text: &str) -> Vec<Offence> {
    let lines = text.lines().count();
    if lines <= MAX_LINES {
        return Vec::new();
    }
    vec![Offence::of_file(path, format!("{lines} lines, more than {MAX_LINES}: find the second job in it"))]
}

/// No unfinished code, no test that is switched off.
pub fn finished(path: &str, text: &str) -> Vec<Offence> {
    code_lines(text)
        .flat_map(|(line, code)| {
            let found = UNFINISHED.iter().filter(move |mark| code.contains(**mark));
            found.map(move |mark| Offence::of_line(path, line, format!("`{mark}…`: finish it or leave it out")))
        })
        .collect()
}

/// The file's name must be the name of a thing.
pub fn name(path: &str) -> Vec<Offence> {
    let stem = path.rsplit('/').next().unwrap_or(path).split('.').next().unwrap_or_default().to_lowercase();
    let words = stem.split(['_', '-']).collect::<Vec<_>>();
    let empty = EMPTY_NAMES.iter().find(|name| words.iter().any(|word| word == *name || word.ends_with(*name)));
    empty.map(|name| Offence::of_file(path, format!("`{name}` names no job"))).into_iter().collect()
}

/// Lines with their numbers from 1, without those that are comments as a whole.
pub fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")).map(|(i, line)| (i + 1, line))
}
