//! What a word at the cursor may become: keywords, names of the server, the shell's own commands.

use millstream_sql::KEYWORDS;

use crate::names::Names;

/// Commands that begin a line.
const COMMANDS: [&str; 13] = [
    "clear",
    "exit",
    "help",
    "history",
    "metrics",
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
const MORE: [&str; 31] = [
    "CHANGES",
    "COLUMN",
    "DEFINE",
    "EARLIEST",
    "EMIT",
    "ERRORS",
    "EXPLAIN",
    "FINAL",
    "FUNCTIONS",
    "GRACE",
    "KEY",
    "LATE",
    "PARTITION",
    "PERIOD",
    "PRIMARY",
    "QUERIES",
    "RECORDS",
    "REPLACE",
    "REPLAY",
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
    "WATERMARKS",
];
/// Keywords behind which a source stands.
const BEFORE_SOURCES: [&str; 8] = ["FROM", "JOIN", "INTO", "DESCRIBE", "STREAM", "TABLE", "EXISTS", "DROP"];
/// Keywords behind which a query stands.
const BEFORE_QUERIES: [&str; 6] = ["TERMINATE", "PAUSE", "RESUME", "EXPLAIN", "FOR", "WATERMARKS"];
/// Forms of results, behind the command that changes them.
const OUTPUTS: [&str; 4] = ["tabular", "json", "csv", "vertical"];

/// Where the word at the cursor begins, in bytes, and what may stand there instead.
pub(crate) fn complete(text: &str, cursor: usize, names: &Names) -> (usize, Vec<String>) {
    let before = text.get(..cursor).unwrap_or(text);
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '`' | '-');
    let start = before.rfind(|c| !part(c)).map_or(0, |at| at + before.get(at..).map_or(1, first_len));
    let (ahead, word) = before.split_at_checked(start).unwrap_or(("", before));
    if before.matches('\'').count() % 2 == 1 {
        return in_string(before, names);
    }
    let mut found = Vec::new();
    let mut add = |candidate: &str| {
        if fits(candidate, word) {
            found.push(in_case_of(candidate, word));
        }
    };
    let mut words = ahead.split_whitespace().rev().map(str::to_ascii_uppercase);
    let (last, earlier) = (words.next().unwrap_or_default(), words.next());
    match last.as_str() {
        "OUTPUT" if earlier.is_none() => OUTPUTS.iter().for_each(|form| add(form)),
        // Here the case of letters counts.
        "PRINT" => found.extend(names.topics.iter().map(|topic| quoted(topic)).filter(|topic| topic.starts_with(word))),
        "FUNCTION" => names.functions.iter().for_each(|name| add(name)),
        last if BEFORE_QUERIES.contains(&last) => {
            names.queries.iter().for_each(|id| add(id));
            // EXPLAIN of a statement begins one.
            if last == "EXPLAIN" && !word.is_empty() {
                KEYWORDS.iter().for_each(|keyword| add(keyword));
            }
        }
        last if BEFORE_SOURCES.contains(&last) => names.sources.iter().for_each(|name| add(name)),
        _ if word.is_empty() => {}
        _ => {
            if ahead.trim().is_empty() {
                COMMANDS.iter().for_each(|command| add(command));
            }
            KEYWORDS.iter().chain(&MORE).for_each(|keyword| add(keyword));
            let all = names.columns.iter().chain(&names.sources);
            all.for_each(|name| add(name));
            names.functions.iter().for_each(|name| add(&format!("{name}(")));
        }
    }
    found.sort();
    found.dedup();
    (start, found)
}

/// What an open string at the end may become: the name of a property or topic, where the word before it asks for one.
fn in_string(before: &str, names: &Names) -> (usize, Vec<String>) {
    let start = before.rfind('\'').map_or(0, |quote| quote + 1);
    let (ahead, begun) = before.split_at_checked(start).unwrap_or((before, ""));
    let asks = ahead.trim_end_matches('\'').split_whitespace().next_back().map(str::to_ascii_uppercase);
    let all = match asks.as_deref() {
        Some("SET" | "UNSET") => &names.properties,
        Some("PRINT") => &names.topics,
        _ => return (before.len(), Vec::new()),
    };
    (start, all.iter().filter(|name| name.starts_with(begun)).map(|name| format!("{name}'")).collect())
}

/// A topic as PRINT takes it: in quotes where it is no name.
fn quoted(topic: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = topic.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if begins && topic.chars().all(plain) { topic.to_owned() } else { format!("'{topic}'") }
}

fn first_len(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

fn fits(candidate: &str, word: &str) -> bool {
    candidate.len() >= word.len() && candidate.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// A word in the case in which it was begun; what has quotes or small and capital letters as it is.
fn in_case_of(candidate: &str, word: &str) -> String {
    let upper = word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase);
    let mixed = candidate.chars().any(char::is_uppercase) && candidate.chars().any(char::is_lowercase);
    match candidate {
        _ if mixed || candidate.starts_with(['`', '\'']) => candidate.to_owned(),
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
            topics: texts(&["orders", "big-orders"]),
            queries: texts(&["csas_s_1"]),
            properties: texts(&["auto.offset.reset", "processing.guarantee"]),
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
        assert_eq!(completed("SET 'auto.o"), ["SET 'auto.offset.reset'"]);
        assert_eq!(completed("print "), ["print 'big-orders'", "print orders"]);
        assert_eq!(completed("print 'big-"), ["print 'big-orders'"]);
        assert_eq!(completed("terminate "), ["terminate csas_s_1"]);
        assert_eq!(completed("EXPLAIN SEL"), ["EXPLAIN SELECT"]);
        assert_eq!(completed("describe function uc"), ["describe function ucase"]);
        assert_eq!(completed("output v"), ["output vertical"]);
        assert_eq!(completed("select "), [""; 0], "everything is no help");
        assert_eq!(completed("é ord"), ["é order_id", "é orders"]);
    }
}
