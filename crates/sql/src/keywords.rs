//! The keywords of the dialect, and which of them may be names without quotes.

/// Keywords that cannot be names unless they are quoted, sorted: what an editor may colour and complete.
pub const RESERVED: &[&str] = &[
    "ADVANCE",
    "ALL",
    "AND",
    "AS",
    "AT",
    "BEGINNING",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CATALOG",
    "CONNECTOR",
    "CONNECTORS",
    "CREATE",
    "DAYS",
    "DELETE",
    "DESCRIBE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "EXISTS",
    "EXPORT",
    "EXTENDED",
    "FALSE",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "HOPPING",
    "HOURS",
    "IN",
    "INNER",
    "INSERT",
    "INTO",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LIST",
    "LOAD",
    "MATERIALIZED",
    "MILLISECOND",
    "MILLISECONDS",
    "MINUTES",
    "MONTHS",
    "NAMESPACE",
    "NOT",
    "NULL",
    "ON",
    "OR",
    "OUTER",
    "PAUSE",
    "PRINT",
    "PROPERTIES",
    "QUERIES",
    "QUERY",
    "RENAME",
    "RESUME",
    "RETENTION",
    "RIGHT",
    "RUN",
    "SAMPLE",
    "SCRIPT",
    "SECONDS",
    "SELECT",
    "SIZE",
    "STREAM",
    "STREAMS",
    "TABLE",
    "TERMINATE",
    "THEN",
    "TO",
    "TOPIC",
    "TOPICS",
    "TRUE",
    "TUMBLING",
    "UNSET",
    "VALUES",
    "VIEW",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
    "WITHIN",
    "YEARS",
];

/// Free keywords that mean something at places where a name may stand, sorted: the printer quotes names that read so.
/// (`ARRAY[1]` is a constructor, `` `ARRAY`[1] `` an element of a column.)
const AMBIGUOUS: &[&str] = &["ARRAY", "FUNCTION", "MAP", "STRUCT", "TABLES"];

/// Names of functions of other dialects that are read in ksqlDB's words, sorted: the printer quotes those that are not.
const OTHER_WORDS: &[&str] = &[
    "CEILING",
    "DAY",
    "HOUR",
    "IF",
    "IIF",
    "LOCATE",
    "MINUTE",
    "MOD",
    "MONTH",
    "NULLIFZERO",
    "NVL",
    "NVL2",
    "QUARTER",
    "SECOND",
    "TRUNCATE",
    "UNNEST",
    "WEEK",
    "YEAR",
    "ZEROIFNULL",
];

/// Whether an upper-cased word cannot be a name without quotes.
pub(crate) fn is_reserved(word: &str) -> bool {
    RESERVED.binary_search(&word).is_ok()
}

/// Whether an upper-cased word that is not reserved means something at places where a name may stand.
pub(crate) fn is_ambiguous(word: &str) -> bool {
    AMBIGUOUS.binary_search(&word).is_ok()
}

/// Whether a function of that name is another one of ksqlDB's, or none but an expression, where it stands without quotes.
pub(crate) fn is_other_word(function: &str) -> bool {
    OTHER_WORDS.binary_search(&function).is_ok()
}

/// Whether the first argument of the function is a unit of time, so that a word which may be a column elsewhere
/// (`DATEADD(DAY, 1, d)`) is none there.
pub(crate) fn begins_with_unit(function: &str) -> bool {
    let moved = ["DATEADD", "DATESUB", "TIMEADD", "TIMESUB", "TIMESTAMPADD", "TIMESTAMPSUB"];
    moved.contains(&function) || ["DATEDIFF", "DATE_DIFF", "TIMESTAMPDIFF"].contains(&function)
}

/// Whether a name reads back as itself without quotes: an upper-case word that is no keyword in the way.
pub(crate) fn is_plain(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_uppercase() || b == b'_')
        && bytes.all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_' || b == b'@')
        && !is_reserved(name)
        && !is_ambiguous(name)
}

/// The candidate that `word` most likely meant to be: one or two slips away (a slip inserts, drops, replaces or swaps
/// characters). `None` when nothing is near, or when it is the candidate itself.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_uppercase();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let allowed = if candidate.len() <= 4 { 1 } else { 2 };
            // Both lengths are bounded here, so the table of `slips` is small whatever the text contains.
            (candidate.len().abs_diff(word.len()) <= allowed).then(|| (slips(&word, candidate), candidate, allowed))
        })
        .filter(|(slips, _, allowed)| (1..=*allowed).contains(slips))
        .min_by_key(|(slips, ..)| *slips)
        .map(|(_, candidate, _)| candidate)
}

/// Edit distance where swapping two neighbours counts once (optimal string alignment).
fn slips(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        for table in [RESERVED, AMBIGUOUS, OTHER_WORDS] {
            assert!(table.is_sorted(), "{table:?}");
        }
        assert!(AMBIGUOUS.iter().all(|word| !is_reserved(word)));
    }

    #[test]
    fn plain_names() {
        for (name, plain) in [
            ("A", true),
            ("_X9@", true),
            ("ID", true),
            ("TIMESTAMP", true),
            ("", false),
            ("a", false),
            ("9A", false),
            ("A-B", false),
            ("É", false),
            ("SELECT", false),
            ("MAP", false),
        ] {
            assert_eq!(is_plain(name), plain, "{name}");
        }
    }

    #[test]
    fn near_words() {
        let words = ["STREAM", "TABLE", "FROM"];
        for (word, near) in [
            ("strem", Some("STREAM")),
            ("STRAEMS", Some("STREAM")),
            ("tabel", Some("TABLE")),
            ("form", Some("FROM")),
            ("FRM", Some("FROM")),
            ("from", None),
            ("F", None),
            ("SOURCE", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, words), near, "{word}");
        }
    }
}
