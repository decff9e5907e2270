//! The shell's own commands, which no server sees: ksql's, a few more, and the short forms that psql's users type. They
//! need no semicolon.

use crate::Output;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// `help`
    Help,
    /// `clear`
    Clear,
    /// `version`
    Version,
    /// `history`
    History,
    /// `exit`, `quit`
    Exit,
    /// `output [form]`
    Output(Option<Output>),
    /// `server [url]`
    Server(Option<String>),
    /// `request-pipelining [ON|OFF]`
    Pipelining(Option<bool>),
    /// `spool 'file'`; `None`: `spool OFF`
    Spool(Option<String>),
    /// `set cli wrap ON|OFF`
    Wrap(bool),
    /// `set cli column-width n`; `None`: 0, as the terminal has it
    ColumnWidth(Option<usize>),
    /// `timing [ON|OFF]`
    Timing(Option<bool>),
    /// `metrics [text]`: figures of the server with that in their names.
    Metrics(String),
    /// `\x`: a line a column, or tables again.
    Expanded,
    /// `run script 'file'`, `\d`: statements that are written as commands.
    Statements(String),
}

/// What `help` prints.
pub(crate) const HELP: &str = "\
Statements end with a semicolon and may take several lines; Tab completes. Ctrl-C ends a running query, Ctrl-D the shell.

    clear                          clear the screen
    exit                           leave (Ctrl-D)
    help                           this text
    history                        what was typed
    metrics [text]                 figures of the server; those with this in their names
    output [TABULAR|JSON|CSV|VERTICAL]
                                   show or change how results are printed
    request-pipelining [ON|OFF]    do not wait for earlier statements to take effect
    run script 'file'              run the statements of a file
    server [URL]                   show the server, or talk to another one
    set cli column-width N         width of columns of rows; 0: as the terminal has it
    set cli wrap ON|OFF            long cells go on below, or are cut
    spool 'file' | OFF             write everything into a file, too
    timing [ON|OFF]                tell how long each statement took
    version                        versions of shell and server

    DEFINE name = 'value';  UNDEFINE name;  SHOW VARIABLES;     variables: ${name}
    SET 'property' = 'value';  UNSET 'property';                properties of what follows
    SHOW STREAMS | TABLES | TOPICS | QUERIES | FUNCTIONS | PROPERTIES;
    DESCRIBE name [EXTENDED];  EXPLAIN id|statement;  PRINT topic [FROM BEGINNING];

    \\?  help   \\d [name]  streams and tables, or one of them   \\x  a line a column, on and off
    \\q  exit   \\i file    run script                           \\s  history   \\timing  timing
";

/// The command that a line is, if it is one. Errors: what is wrong with it.
pub(crate) fn parse(line: &str) -> Option<Result<Command, String>> {
    let line = line.trim();
    let line = line.strip_suffix(';').unwrap_or(line).trim_end();
    let words: Vec<&str> = line.split_whitespace().collect();
    let first = words.first()?.to_ascii_lowercase();
    let rest = words.get(1..).unwrap_or_default();
    let alone = |command| Some(if rest.is_empty() { Ok(command) } else { Err(format!("{first} takes no arguments")) });
    let argument = || line.get(first.len()..).map(str::trim).filter(|text| !text.is_empty()).map(unquoted);
    let second = rest.first().map(|word| word.to_ascii_lowercase());
    match (first.as_str(), second.as_deref()) {
        ("help", _) => Some(Ok(Command::Help)),
        ("clear", _) => alone(Command::Clear),
        ("version", _) => alone(Command::Version),
        ("history", _) => alone(Command::History),
        ("exit" | "quit", _) => alone(Command::Exit),
        ("output", _) => Some(argument().map(|text| output(&text)).transpose().map(Command::Output)),
        ("server", _) => Some(Ok(Command::Server(argument()))),
        ("request-pipelining", _) => Some(argument().map(|text| switch(&text)).transpose().map(Command::Pipelining)),
        ("timing", _) => Some(argument().map(|text| switch(&text)).transpose().map(Command::Timing)),
        ("spool", None) => Some(Err("spool needs a file in quotes, or OFF".to_owned())),
        ("spool", Some("off")) if rest.len() == 1 => Some(Ok(Command::Spool(None))),
        ("spool", Some(_)) => Some(Ok(Command::Spool(argument()))),
        ("set", Some("cli")) => Some(set_cli(rest.get(1..).unwrap_or_default())),
        ("metrics", _) => Some(Ok(Command::Metrics(argument().unwrap_or_default()))),
        ("run", Some("script")) => Some(Ok(Command::Statements(format!("{line};")))),
        _ if first.starts_with('\\') => Some(short(&first, argument())),
        _ => None,
    }
}

/// A command as psql's users write it. No statement begins with a backslash.
fn short(name: &str, argument: Option<String>) -> Result<Command, String> {
    match (name, argument) {
        ("\\?" | "\\h", _) => Ok(Command::Help),
        ("\\q", None) => Ok(Command::Exit),
        ("\\s", None) => Ok(Command::History),
        ("\\x", None) => Ok(Command::Expanded),
        ("\\timing", argument) => argument.map(|text| switch(&text)).transpose().map(Command::Timing),
        ("\\i", Some(file)) => Ok(Command::Statements(format!("RUN SCRIPT '{}';", file.replace('\'', "''")))),
        ("\\d", None) => Ok(Command::Statements("SHOW STREAMS; SHOW TABLES;".to_owned())),
        ("\\d", Some(source)) => Ok(Command::Statements(format!("DESCRIBE {source};"))),
        _ => Err(format!("{name} is no command: \\? lists them")),
    }
}

/// All forms by name.
pub(crate) const OUTPUTS: [(&str, Output); 4] =
    [("TABULAR", Output::Tabular), ("JSON", Output::Json), ("CSV", Output::Csv), ("VERTICAL", Output::Vertical)];

fn output(text: &str) -> Result<Output, String> {
    let found = OUTPUTS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    found.map(|(_, output)| *output).ok_or_else(|| {
        let names: Vec<&str> = OUTPUTS.iter().map(|(name, _)| *name).collect();
        format!("Invalid output format: '{text}' (valid formats: {})", names.join(", "))
    })
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        _ if text.eq_ignore_ascii_case("on") => Ok(true),
        _ if text.eq_ignore_ascii_case("off") => Ok(false),
        _ => Err(format!("Invalid setting: '{text}'. Valid options are 'ON' and 'OFF'")),
    }
}

fn set_cli(words: &[&str]) -> Result<Command, String> {
    let wrong = || "set cli knows wrap ON|OFF and column-width N".to_owned();
    let [name, value] = words else { return Err(wrong()) };
    match name.to_ascii_lowercase().as_str() {
        "wrap" => switch(value).map(Command::Wrap),
        "column-width" => match value.parse::<usize>() {
            Ok(width) => Ok(Command::ColumnWidth(Some(width).filter(|width| *width > 0))),
            Err(_) => Err(format!("Invalid column width: '{value}' is no number")),
        },
        _ => Err(wrong()),
    }
}

/// A text without the quotes around it.
fn unquoted(text: &str) -> String {
    let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    inner.map_or_else(|| text.to_owned(), |inner| inner.replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_statements() {
        let check = |line: &str, want: Command| assert_eq!(parse(line), Some(Ok(want)), "{line}");
        check("help", Command::Help);
        check(" EXIT ;\n", Command::Exit);
        check("output", Command::Output(None));
        check("OUTPUT json;", Command::Output(Some(Output::Json)));
        check("server http://h:1", Command::Server(Some("http://h:1".into())));
        check("request-pipelining on", Command::Pipelining(Some(true)));
        check("spool 'a file''s.txt'", Command::Spool(Some("a file's.txt".into())));
        check("spool off;", Command::Spool(None));
        check("set cli wrap OFF", Command::Wrap(false));
        check("SET CLI COLUMN-WIDTH 0", Command::ColumnWidth(None));
        check("set cli column-width 20;", Command::ColumnWidth(Some(20)));
        check("run script 'x.sql'", Command::Statements("run script 'x.sql';".into()));
        check("metrics records", Command::Metrics("records".into()));
        check("\\?", Command::Help);
        check("\\q", Command::Exit);
        check("\\d;", Command::Statements("SHOW STREAMS; SHOW TABLES;".into()));
        check("\\d Orders", Command::Statements("DESCRIBE Orders;".into()));
        check("\\i it's.sql", Command::Statements("RUN SCRIPT 'it''s.sql';".into()));
        check("\\timing on", Command::Timing(Some(true)));
        for statement in ["SET 'auto.offset.reset' = 'earliest';", "SHOW STREAMS;", "SELECT help FROM s;", "", "RUN"] {
            assert_eq!(parse(statement), None, "{statement}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, want) in [
            ("output xml", "Invalid output format: 'xml' (valid formats: TABULAR, JSON, CSV, VERTICAL)"),
            ("timing maybe", "Valid options are 'ON' and 'OFF'"),
            ("spool", "needs a file"),
            ("exit now", "takes no arguments"),
            ("set cli color on", "set cli knows"),
            ("set cli column-width x", "is no number"),
            ("\\copy", "\\copy is no command"),
        ] {
            let said = parse(line).unwrap().unwrap_err();
            assert!(said.contains(want), "{line}: {said}");
        }
    }
}
