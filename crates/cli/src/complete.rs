//! What a word at the cursor may become: keywords, names of the server, the shell's own commands.

use millstream_sql::KEYWORDS;

use crate::names::Names;

/// Commands that begin a line.
const COMMANDS: [&str; 12] = [
    "clear",
    "exit",
    "help",
    "history",
    "output",
    "request-pipelining",
    "run script",
    "server",
    "set cli",
    "spool",
    "timing",
    "version",
];
/// Words that begin statements and mean something only there: no keyword of the grammar's list.
const MORE: [&str; 26] = [
    "CHANGES",
    "COLUMN",
    "DEFINE",
    "EARLIEST",
    "EMIT",
    "EXPLAIN",
    "FINAL",
    "FUNCTIONS",
    "GRACE",
    "KEY",
    "PARTITION",
    "PERIOD",
    "PRIMARY",
    "QUERIES",
    "REPLACE",
    "RESUME",
    "SHOW",
    "STREAMS",
    "STRUCT",
    "TABLES",
    "TERMINATE",
    "TOPICS",
    "TYPES",
    "UNDEFINE",
    "VARCHAR",
    "VARIABLES",
];
/// Keywords behind which a source stands.
const BEFORE_SOURCES: [&str; 9] = ["FROM", "JOIN", "INTO", "DESCRIBE", "STREAM", "TABLE", "EXISTS", "DROP", "EXPLAIN"];

/// Where the word at the cursor begins, in bytes, and what may stand there instead.
pub(crate) fn complete(text: &str, cursor: usize, names: &Names) -> (usize, Vec<String>) {
    let before = text.get(..cursor).unwrap_or(text);
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '`' | '-');
    let start = before.rfind(|c| !part(c)).map_or(0, |at| at + before.get(at..).map_or(1, first_len));
    let (ahead, word) = before.split_at_checked(start).unwrap_or(("", before));
    // Inside a string nothing is known.
    if ahead.matches('\'').count() % 2 == 1 {
        return (cursor, Vec::new());
    }
    let mut found = Vec::new();
    let mut add = |candidate: &str| {
        if fits(candidate, word) {
            found.push(in_case_of(candidate, word));
        }
    };
    let last = ahead.split_whitespace().next_back().map(str::to_ascii_uppercase).unwrap_or_default();
    if BEFORE_SOURCES.contains(&last.as_str()) {
        names.sources.iter().for_each(|name| add(name));
    } else if !word.is_empty() {
        if ahead.trim().is_empty() {
            COMMANDS.iter().for_each(|command| add(command));
        }
        KEYWORDS.iter().chain(&MORE).for_each(|keyword| add(keyword));
        let all = names.columns.iter().chain(&names.sources);
        all.for_each(|name| add(name));
        names.functions.iter().for_each(|name| add(&format!("{name}(")));
    }
    found.sort();
    found.dedup();
    (start, found)
}

fn first_len(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

fn fits(candidate: &str, word: &str) -> bool {
    candidate.len() >= word.len() && candidate.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// A word in the case in which it was begun; names in quotes as they are.
fn in_case_of(candidate: &str, word: &str) -> String {
    let upper = word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase);
    match candidate {
        _ if candidate.starts_with('`') => candidate.to_owned(),
        _ if upper => candidate.to_uppercase(),
        _ => candidate.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(text: &str) -> Vec<String> {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let names = Names {
            sources: texts(&["orders", "`Odd`"]),
            columns: texts(&["order_id", "price"]),
            functions: texts(&["ucase", "unix_timestamp"]),
        };
        let (start, found) = complete(text, text.len(), &names);
        found.into_iter().map(|word| format!("{}{word}", &text[..start])).collect()
    }

    #[test]
    fn words_become_what_may_stand_there() {
        assert_eq!(completed("SEL"), ["SELECT"]);
        assert_eq!(completed("select uc"), ["select ucase("]);
        assert_eq!(completed("select * from "), ["select * from `Odd`", "select * from orders"]);
        assert_eq!(completed("SELECT * FROM OR"), ["SELECT * FROM ORDERS"]);
        assert_eq!(completed("select ord"), ["select order_id", "select orders"]);
        assert_eq!(completed("select ucase(pri"), ["select ucase(price", "select ucase(primary", "select ucase(print"]);
        assert_eq!(completed("tim"), ["timing"]);
        assert_eq!(completed("x = 'ord"), [""; 0]);
        assert_eq!(completed("select "), [""; 0], "everything is no help");
        assert_eq!(completed("é ord"), ["é order_id", "é orders"]);
    }
}
