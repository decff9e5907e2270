//! `--config-file`: Java's properties, some about the connection, the others for every statement.

use std::collections::BTreeMap;

/// Keys that are about the client's own connection, not about statements.
const OF_THE_CONNECTION: &str = "ssl.";

/// Properties by name.
pub type Properties = BTreeMap<String, String>;

/// Reads the text of a file: `key=value`, `key: value` or `key value` a line, `#` and `!` before comments, a backslash
/// at the end of a line that goes on. Gives those of the connection, and those for statements.
pub(crate) fn read(text: &str) -> (Properties, Properties) {
    let (mut of_connection, mut for_statements) = (Properties::new(), Properties::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut line = line.trim_start().to_owned();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        while line.ends_with('\\') && !line.ends_with("\\\\") {
            line.pop();
            line.push_str(lines.next().unwrap_or_default().trim_start());
        }
        let (key, value) = split(&line);
        let properties = if key.starts_with(OF_THE_CONNECTION) { &mut of_connection } else { &mut for_statements };
        properties.insert(key, value);
    }
    (of_connection, for_statements)
}

/// Key and value: the first `=`, `:` or blank that no backslash precedes stands between them.
fn split(line: &str) -> (String, String) {
    let mut escaped = false;
    let end = line.char_indices().find(|(_, c)| {
        let ends = !escaped && (matches!(c, '=' | ':') || c.is_whitespace());
        escaped = *c == '\\' && !escaped;
        ends
    });
    let end = end.map_or(line.len(), |(at, _)| at);
    let (key, rest) = line.split_at_checked(end).unwrap_or((line, ""));
    let rest = rest.trim_start();
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim();
    (unescaped(key), unescaped(rest))
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('t') => out.push('\t'),
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => {}
            },
            (c, false) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn javas_properties() {
        let text = "# comment\n! too\n\nauto.offset.reset=earliest\n  a : b c \nlong = x,\\\n   y\nk\\:1=v\\t\nssl.keystore.location=/k\nbare";
        let (of_connection, for_statements) = read(text);
        let want = [("a", "b c"), ("auto.offset.reset", "earliest"), ("bare", ""), ("k:1", "v\t"), ("long", "x,y")];
        let got: Vec<(&str, &str)> = for_statements.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(got, want);
        assert_eq!(of_connection, Properties::from([("ssl.keystore.location".into(), "/k".into())]));
    }
}
