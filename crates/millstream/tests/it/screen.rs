//! `millstream sql` in tmux, as a person has it: what stands on the screen after Tab, Ctrl-C, Ctrl-D and another size.

use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::call::call;
use crate::server::Server;

/// Between two looks at the screen, and how many there are: half a minute.
const PAUSE: Duration = Duration::from_millis(20);
const LOOKS: usize = 1500;

/// A terminal of its own tmux server, gone with the test.
pub(crate) struct Tmux {
    socket: String,
    _folder: TempDir,
}

impl Tmux {
    /// A shell on a screen of that size.
    fn start(server: &Server, columns: usize, lines: usize) -> Self {
        let tmux = Self::run(server, &format!("sql {}", server.url), columns, lines);
        tmux.ends_with("millstream>");
        tmux
    }

    /// `millstream` with these arguments on a screen of that size, in the test's folder.
    pub(crate) fn run(server: &Server, arguments: &str, columns: usize, lines: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tmux = Self { socket: folder.path().join("tmux").display().to_string(), _folder: folder };
        let (state, path) = (server.folder.path().display(), env!("CARGO_BIN_EXE_millstream"));
        let command =
            format!("cd {state} && env -u COLUMNS XDG_STATE_HOME={state} {path} {arguments}; echo left with $?; cat");
        let size = ["-x", &columns.to_string(), "-y", &lines.to_string()];
        tmux.call(&[&["-f", "/dev/null", "new-session", "-d"], &size[..], &[&command]].concat());
        tmux
    }

    fn call(&self, args: &[&str]) -> String {
        let output = Command::new("tmux").args(["-u", "-S", &self.socket]).args(args).output();
        let output = output.unwrap_or_else(|e| panic!("tmux is needed, scripts/setup installs it: {e}"));
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Presses keys by tmux's names of them.
    pub(crate) fn keys(&self, keys: &[&str]) {
        self.call(&[&["send-keys"], keys].concat());
    }

    pub(crate) fn types(&self, text: &str) {
        // A semicolon at the end would end tmux's own command.
        let text = text.strip_suffix(';').map_or_else(|| text.to_owned(), |rest| format!("{rest}\\;"));
        self.call(&["send-keys", "-l", &text]);
    }

    fn resize(&self, columns: usize, lines: usize) {
        self.call(&["resize-window", "-x", &columns.to_string(), "-y", &lines.to_string()]);
    }

    /// What stands on the screen, without blanks at the ends of lines.
    fn screen(&self) -> String {
        let text = self.call(&["capture-pane", "-p"]);
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    /// Waits until the screen is so.
    fn until(&self, what: &str, so: impl Fn(&str) -> bool) -> String {
        let mut screen = String::new();
        for _ in 0..LOOKS {
            screen = self.screen();
            if so(&screen) {
                return screen;
            }
            std::thread::sleep(PAUSE);
        }
        panic!("{what} is not there:\n{screen}");
    }

    pub(crate) fn shows(&self, want: &str) -> String {
        self.until(want, |screen| screen.contains(want))
    }

    /// Waits until the last line is that.
    fn ends_with(&self, want: &str) -> String {
        self.until(want, |screen| screen.lines().next_back() == Some(want))
    }

    fn clears(&self) {
        self.types("clear");
        self.keys(&["Enter"]);
        self.until("an empty screen", |screen| screen == "millstream>");
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux").args(["-S", &self.socket, "kill-server"]).output();
    }
}

fn started() -> Server {
    let server = Server::start();
    let setup = "CREATE STREAM orders (id STRING KEY, price DOUBLE, place STRING)
                   WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON', PARTITIONS=1);
                 CREATE STREAM orders_abroad AS SELECT * FROM orders WHERE place <> 'Graz';";
    server.sql(setup).ok();
    server
}

fn insert(server: &Server, row: &str) {
    call(&["sql", &server.url, "-e", &format!("INSERT INTO orders VALUES ({row});")], "", server.folder.path()).ok();
}

#[test]
fn tab_completes() {
    let server = started();
    let tmux = Tmux::start(&server, 80, 24);
    tmux.clears();
    // The one that fits; the common part of two, then both.
    tmux.types("DESC");
    tmux.keys(&["Tab"]);
    tmux.ends_with("millstream> DESCRIBE");
    tmux.types(" or");
    tmux.keys(&["Tab"]);
    tmux.ends_with("millstream> DESCRIBE orders");
    tmux.keys(&["Tab", "Tab"]);
    let both = tmux.until("both streams", |screen| screen.contains("orders_abroad"));
    assert!(both.lines().any(|line| line.split_whitespace().eq(["orders", "orders_abroad"])), "{both}");
    tmux.types("_");
    tmux.keys(&["Tab"]);
    tmux.types(";");
    tmux.keys(&["Enter"]);
    tmux.shows("Name                 : ORDERS_ABROAD");
    tmux.clears();
    // Columns, functions, properties; over several lines.
    tmux.types("select pri");
    tmux.keys(&["Tab", "Tab"]);
    let all = tmux.until("what begins so", |screen| screen.contains("print") && screen.contains("price"));
    assert!(all.contains("primary"), "{all}");
    tmux.types("ce, initc");
    tmux.keys(&["Tab"]);
    tmux.until("a function", |screen| screen.lines().next_back() == Some("millstream> select price, initcap("));
    tmux.types("place)");
    tmux.keys(&["Enter"]);
    tmux.types("from orders_");
    tmux.keys(&["Tab"]);
    tmux.ends_with("from orders_abroad");
    tmux.keys(&["C-c"]);
    tmux.clears();
    tmux.types("set 'auto.of");
    tmux.keys(&["Tab"]);
    tmux.ends_with("millstream> set 'auto.offset.reset'");
}

#[test]
fn control_c_ends_a_query_and_control_d_the_shell() {
    let server = started();
    let tmux = Tmux::start(&server, 60, 30);
    // From the beginning, so that it does not matter which begins first, the query or what it reads.
    tmux.types("SET 'auto.offset.reset' = 'earliest';");
    tmux.keys(&["Enter"]);
    tmux.shows("Successfully changed");
    tmux.clears();
    tmux.types("SELECT id, price FROM orders EMIT CHANGES;");
    tmux.keys(&["Enter"]);
    tmux.shows("|ID                          |PRICE                       |\n");
    insert(&server, "'a', 2.5, 'Graz'");
    tmux.shows("|a                           |2.5");
    tmux.keys(&["C-c"]);
    let screen = tmux.ends_with("millstream>");
    let want = "millstream> SELECT id, price FROM orders EMIT CHANGES;
Press CTRL-C to interrupt
+----------------------------+----------------------------+
|ID                          |PRICE                       |
+----------------------------+----------------------------+
|a                           |2.5                         |
^C
Query terminated
millstream>";
    assert_eq!(screen, want);
    tmux.clears();
    tmux.types("PRINT orders FROM BEGINNING;");
    tmux.keys(&["Enter"]);
    insert(&server, "'b', 3.5, 'Wien'");
    tmux.shows("key: b, value: {");
    tmux.keys(&["C-c"]);
    tmux.shows("Topic printing ceased\nmillstream>");
    // What was begun is dropped; what was typed before comes back.
    tmux.types("DROP STREAM ord");
    tmux.keys(&["C-c"]);
    tmux.ends_with("millstream>");
    tmux.keys(&["Up"]);
    tmux.ends_with("millstream> PRINT orders FROM BEGINNING;");
    tmux.keys(&["C-c"]);
    tmux.ends_with("millstream>");
    tmux.keys(&["C-r"]);
    tmux.shows("reverse-i-search");
    tmux.types("price");
    tmux.shows("`price': SELECT id, price FROM orders EMIT");
    tmux.keys(&["C-c"]);
    tmux.ends_with("millstream>");
    tmux.keys(&["C-d"]);
    tmux.shows("Exiting.\nleft with 0");
}

#[test]
fn tables_fit_a_terminal_of_any_size() {
    let server = started();
    insert(&server, "'東京-1', 1, 'a place with quite a long name'");
    let tmux = Tmux::start(&server, 60, 30);
    tmux.types("SET 'auto.offset.reset' = 'earliest';");
    tmux.keys(&["Enter"]);
    tmux.shows("Successfully changed");
    tmux.clears();
    tmux.types("SELECT * FROM orders EMIT CHANGES;");
    tmux.keys(&["Enter"]);
    tmux.shows(
        "+------------------+------------------+------------------+
|ID                |PRICE             |PLACE             |
+------------------+------------------+------------------+
|東京-1            |1.0               |a place with quite|
|                  |                  | a long name      |",
    );
    // Another size while rows come: what follows has the new one.
    tmux.resize(100, 30);
    insert(&server, "'b', 2, 'a place with quite a long name'");
    let screen = tmux.shows("|a place with quite a long name");
    let last = screen.lines().next_back().unwrap();
    assert_eq!(last.chars().count(), 100, "{screen}");
    assert_eq!(screen.matches("|ID ").count(), 2, "{screen}");
    tmux.keys(&["C-c"]);
    tmux.ends_with("millstream>");
    // A line that is longer than the terminal, which becomes narrower and wider while it is typed.
    tmux.clears();
    tmux.types("SHOW STREAMS; SHOW TABLES; SHOW TYPES; SHOW VARIABLES;");
    tmux.resize(40, 30);
    tmux.shows("SHOW VARIABLES;");
    tmux.resize(70, 30);
    tmux.keys(&["BSpace"]);
    tmux.types("; SHOW STREAMS;");
    tmux.keys(&["Enter"]);
    let screen = tmux.until("both lists", |screen| screen.matches("Stream Name").count() == 2);
    assert!(screen.lines().all(|line| line.chars().count() <= 70), "{screen}");
    assert!(screen.contains("Table Name") && screen.contains("Variable Name"), "{screen}");
}
