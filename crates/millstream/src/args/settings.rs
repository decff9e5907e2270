//! Properties of a server from a file (`ksql-server.properties` as it is) and from the environment, as ksqlDB's images take
//! them: `KSQL_KSQL_SERVICE_ID` is `ksql.service.id`, `MILLSTREAM_DIALECT` is `millstream.dialect`.

use std::path::Path;

/// Variables of ksqlDB's scripts that are no properties, by how they begin after `KSQL_`.
const OF_SCRIPTS: [&str; 11] =
    ["CLASSPATH", "CONFIG_DIR", "GC_LOG", "HEAP_OPTS", "HOME", "JMX_", "JVM_", "LOG4J_", "LOG_DIR", "OPTS", "VERSION"];

/// The properties of a file. Errors: it cannot be read.
pub(super) fn of_file(path: &Path) -> Result<Vec<(String, String)>, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
    Ok(parse(&String::from_utf8_lossy(&bytes)))
}

/// The properties among variables of the environment, by name.
pub(super) fn of_environment(variables: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> =
        variables.filter_map(|(name, value)| Some((property(&name)?, value))).collect();
    found.sort();
    found
}

/// The property that a variable stands for.
fn property(variable: &str) -> Option<String> {
    if let Some(rest) = variable.strip_prefix("MILLSTREAM_").filter(|rest| !rest.is_empty()) {
        return Some(format!("millstream.{}", dotted(rest)));
    }
    let rest = variable.strip_prefix("KSQL_").filter(|rest| !rest.is_empty())?;
    (!OF_SCRIPTS.iter().any(|other| rest.starts_with(other))).then(|| dotted(rest))
}

/// `A_B` is `a.b`, `A__B` is `a_b`, `A___B` is `a-b`.
fn dotted(name: &str) -> String {
    name.to_lowercase().replace("___", "-").replace("__", "\0").replace('_', ".").replace('\0', "_")
}

/// Lines of `java.util.Properties`: `=`, `:` or blanks between name and value, `#` and `!` before comments, `\` before what
/// is meant as it is and at the end of a line that goes on.
fn parse(text: &str) -> Vec<(String, String)> {
    let mut properties = Vec::new();
    let mut lines = text.lines().map(str::trim_start);
    while let Some(line) = lines.next() {
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut logical = line.to_owned();
        while goes_on(&logical) {
            logical.pop();
            let Some(next) = lines.next() else { break };
            logical.push_str(next);
        }
        let (name, value) = split(&logical);
        properties.push((unescaped(name), unescaped(value)));
    }
    properties
}

/// Whether the last backslash of a line is not meant as it is.
fn goes_on(line: &str) -> bool {
    line.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1
}

/// Name and value, escapes still in them.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, ch) in line.char_indices() {
        match ch {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '=' | ':' | ' ' | '\t' => {
                let (name, rest) = line.split_at(at);
                let rest = rest.trim_start();
                return (name, rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start());
            }
            _ => {}
        }
    }
    (line, "")
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(ch) = rest.next() {
        if ch != '\\' {
            out.push(ch);
            continue;
        }
        match rest.next() {
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let digits: String = rest.clone().take(4).collect();
                match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
                    Some(ch) if digits.len() == 4 => {
                        out.push(ch);
                        rest.nth(3);
                    }
                    _ => out.push('u'),
                }
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_as_java_reads_them() {
        let text = "# a comment\n! another\n\nlisteners=http://0.0.0.0:8088\r\nksql.service.id : mine_\n  a.b  value \n\
                    long=one,\\\n    two\nescaped\\=name=C:\\\\x\\ty\\u00e9\nempty=\nlone\nlast=x\\";
        let want = [
            ("listeners", "http://0.0.0.0:8088"),
            ("ksql.service.id", "mine_"),
            ("a.b", "value "),
            ("long", "one,two"),
            ("escaped=name", "C:\\x\tyé"),
            ("empty", ""),
            ("lone", ""),
            ("last", "x"),
        ];
        let want: Vec<(String, String)> = want.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        assert_eq!(parse(text), want);
        assert!(of_file(Path::new("no/such/file")).unwrap_err().contains("cannot be read"));
    }

    #[test]
    fn variables_name_properties() {
        for (variable, want) in [
            ("KSQL_BOOTSTRAP_SERVERS", Some("bootstrap.servers")),
            ("KSQL_KSQL_SERVICE_ID", Some("ksql.service.id")),
            ("KSQL_KSQL_FUNCTIONS_COLLECT__LIST_LIMIT", Some("ksql.functions.collect_list.limit")),
            ("KSQL_A___B", Some("a-b")),
            ("MILLSTREAM_DIALECT", Some("millstream.dialect")),
            ("KSQL_HEAP_OPTS", None),
            ("KSQL_LOG4J_ROOT_LOGLEVEL", None),
            ("KSQL_", None),
            ("PATH", None),
        ] {
            assert_eq!(property(variable).as_deref(), want, "{variable}");
        }
        let variables = [("X", "1"), ("KSQL_LISTENERS", "l"), ("KSQL_BOOTSTRAP_SERVERS", "b")];
        let found = of_environment(variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        assert_eq!(found, [("bootstrap.servers".into(), "b".into()), ("listeners".into(), "l".into())]);
    }
}
