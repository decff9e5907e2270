//! Why a case fails, in a few words that stay the same from run to run: no places, no numbers, no names of its own.

use std::collections::BTreeSet;

use crate::report::Outcome;

/// Characters of a message that are quoted.
const QUOTED_MAX: usize = 70;

/// Words around the name of something that is not there, and how a reason calls it.
const MISSING: [(&str, &str, &str); 5] = [
    ("functions with the name '", "'", "the function "),
    ("The '", "' format is not supported yet", "the format "),
    ("The property ", " is not supported yet", "the property "),
    ("Unknown property: ", "\"", "the setting "),
    ("Unknown property: ", "", "the setting "),
];

/// What is said of anything else that is not there: its name stands before it.
const NOT_YET: [&str; 2] = [" is not supported yet", " are not supported yet"];

/// How a difference between records begins, and how a reason calls it.
const DIFFERENCES: [(&str, &str); 15] = [
    ("record by record and in batches differ", "batches show"),
    ("expected the timestamp", "another timestamp"),
    ("expected the key", "another key"),
    ("expected the value", "another value"),
    ("expected the headers", "other headers"),
    ("expected the window", "another window"),
    ("Expected record does not match actual", "another row"),
    ("expected the row", "another row"),
    ("expected a generic_error", "another kind of error"),
    ("expected a statement_error", "another kind of error"),
    ("expected an error about", "the error is about another statement"),
    (": expected the schema", "another schema in the end"),
    ("Expected another record", "a row is missing"),
    ("records but it was", "another number of records"),
    ("rows but there are", "another number of rows"),
];

/// Categories of failures, which say little.
const KINDS: [&str; 4] = ["Parse: ", "Statement: ", "Ksql: ", "Runtime: "];

/// The reason for the list of known failures.
pub fn reason(outcome: Outcome, why: &str) -> String {
    match outcome {
        Outcome::Timeout => "takes too long".to_owned(),
        Outcome::Error => "panics".to_owned(),
        _ => of_text(why),
    }
}

fn of_text(why: &str) -> String {
    let missing = missing(why);
    if !missing.is_empty() {
        return format!("needs {}", missing.into_iter().collect::<Vec<_>>().join(", "));
    }
    if why.contains("404") && why.contains("Not Found") {
        return "needs the endpoint".to_owned();
    }
    let expected = between(why, "expected the message: ", "\n");
    // Of an SQL test: the class, then the message.
    let expected = expected.or_else(|| between(why, "Not the expected failure. Expected: ", ", actual: "));
    if let Some(expected) = expected {
        let message = expected.split_once("Exception: ").map_or(expected, |(_, message)| message);
        return format!("wants the words: {}", quoted(message));
    }
    if why.starts_with("nothing failed") || why.contains("Nothing failed.") {
        let message = between(why, "message: Some(\"", "\"").or_else(|| why.split_once(": ").map(|(_, text)| text));
        return format!("wants the error: {}", quoted(message.unwrap_or_default()));
    }
    // A path into a response, as in `response 2: row 0/header/queryId: expected …`.
    if why.starts_with("response ")
        && let Some((path, _)) = why.split_once(": expected ")
        && let Some((_, field)) = path.rsplit_once('/')
    {
        return format!("another {field}");
    }
    if let Some((_, name)) = DIFFERENCES.iter().find(|(part, _)| why.contains(part)) {
        return (*name).to_owned();
    }
    let line = why.lines().next().unwrap_or_default();
    let message = between(line, "\"message\":\"", "\"").unwrap_or(line);
    let message = message.split("\\n").next().unwrap_or_default();
    quoted(KINDS.iter().find_map(|kind| message.strip_prefix(kind)).unwrap_or(message))
}

/// What is said not to be there, in order of its name.
fn missing(why: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (before, after, what) in MISSING {
        for (at, _) in why.match_indices(before) {
            let rest = why.get(at + before.len()..).unwrap_or_default();
            let end = if after.is_empty() { rest.find('\n') } else { rest.find(after) };
            let name = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if !name.is_empty() && !name.contains([' ', '\n', '"', '{']) {
                found.insert(format!("{what}{name}"));
            }
        }
    }
    for line in why.split(['\n', '"']).flat_map(|line| line.split("\\n")) {
        for ending in NOT_YET {
            if let Some((what, _)) = line.split_once(ending)
                && !["The '", "The property "].iter().any(|known| what.contains(known))
            {
                let what = what.rsplit(": ").next().unwrap_or_default();
                found.insert(quoted(what));
            }
        }
    }
    found
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split(after).next().unwrap_or(rest))
}

/// A message without places, numbers and control characters, and not too long.
fn quoted(message: &str) -> String {
    let mut words = Vec::new();
    for word in message.split_whitespace() {
        let place = word.contains(':') && word.chars().all(|c| c.is_ascii_digit() || c == ':');
        match words.last() {
            Some(last) if place && last == "line" => drop(words.pop()),
            _ if !word.is_empty() && word.chars().all(|c| c.is_ascii_digit()) => words.push("n".to_owned()),
            // What parts an id from its reason in the list.
            _ if word == "#" => {}
            _ => words.push(word.to_owned()),
        }
    }
    let text = words.join(" ");
    match text.char_indices().nth(QUOTED_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_short_and_stay() {
        for (why, want) in [
            ("Statement: line 1:80: The 'AVRO' format is not supported yet.", "needs the format AVRO"),
            (
                "Statement: line 1:60: SELECT column 'F1' cannot be resolved.\nline 3:79: JOIN is not supported yet.",
                "needs JOIN",
            ),
            (
                "expected the message: Nope\nbut was Statement: line 2:1: Can't find any functions with the name 'LPAD'",
                "needs the function LPAD",
            ),
            (
                "400 {\"message\":\"line 1:15: The property VALUE_SCHEMA_ID is not supported yet.\\nline 1:2: JOIN is not supported yet.\"}",
                "needs JOIN, the property VALUE_SCHEMA_ID",
            ),
            ("400 {\"message\":\"Unknown property: ksql.x\"}", "needs the setting ksql.x"),
            ("404: no JSON: Not Found", "needs the endpoint"),
            ("expected the message: No key 17 here\nbut was Statement: other", "wants the words: No key n here"),
            ("nothing failed, but expected KsqlException: Nope", "wants the error: Nope"),
            ("Assertion: record 3 of OUTPUT: expected the value 3; it was", "another value"),
            ("Ksql: Expected <2> records but it was <1> in O.", "another number of records"),
            ("Assertion: Expected record does not match actual. Expected: A=1, actual: A=2", "another row"),
            (
                "response 2: row 0/header/queryId: expected a text that starts with \"S\" but was \"t\"",
                "another queryId",
            ),
            ("response 1: expected the row [11], but there are only [10]", "another row"),
            ("expected a generic_error but was 400 {}", "another kind of error"),
            ("Statement: line 1:15: Something # else", "Something else"),
            (
                "Parse: Not the expected failure. Expected: a.b.KsqlException: Nope, actual: Statement: other",
                "wants the words: Nope",
            ),
            ("400 {\"@type\":\"x\",\"message\":\"line 1:2: Something else\"}", "Something else"),
        ] {
            assert_eq!(reason(Outcome::Fail, why), want, "{why}");
        }
        let long = reason(Outcome::Fail, &"word ".repeat(100));
        assert!(long.chars().count() <= QUOTED_MAX + 1 && long.ends_with('…'));
        assert_eq!(reason(Outcome::Timeout, "more than 10s"), "takes too long");
    }
}
