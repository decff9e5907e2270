//! `millstream sql` at a terminal: what a person sees who types, completes, interrupts and leaves.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::call::call;
use crate::server::Server;

/// Longest wait for anything on the screen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A shell on a terminal of its own.
struct Screen {
    child: Child,
    keys: File,
    seen: Receiver<Vec<u8>>,
    text: String,
}

impl Screen {
    fn start(server: &Server) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let side = || Stdio::from(OpenOptions::new().read(true).write(true).open(&name).unwrap());
        let child = Command::new(env!("CARGO_BIN_EXE_millstream"))
            .args(["sql", &server.url])
            .env("XDG_STATE_HOME", server.folder.path())
            .env("TERM", "xterm")
            .env("COLUMNS", "41")
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .spawn()
            .unwrap();
        let keys = File::from(master);
        let mut screen = keys.try_clone().unwrap();
        let (send, seen) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n) = screen.read(&mut bytes) {
                if n == 0 || send.send(bytes[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { child, keys, seen, text: String::new() }
    }

    fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this has come onto the screen since the last such wait.
    fn shows(&mut self, want: &str) {
        while !self.text.contains(want) {
            let Ok(bytes) = self.seen.recv_timeout(PATIENCE) else { panic!("no '{want}' in:\n{}", self.text) };
            self.text.push_str(&String::from_utf8_lossy(&bytes));
        }
        let at = self.text.find(want).unwrap() + want.len();
        self.text.drain(..at);
    }

    fn ends(mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap()
    }
}

#[test]
fn a_conversation() {
    let server = Server::start();
    server.sql("CREATE STREAM orders (id STRING KEY, price DOUBLE) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON', PARTITIONS=1);").ok();
    let mut screen = Screen::start(&server);
    screen.shows("Server status: RUNNING");
    screen.shows("millstream> ");

    // A statement of two lines, a name completed; nothing comes, and a hint says why.
    screen.types("select id,\r");
    screen.types("price from ord\t emit changes;\r");
    screen.shows("|ID                 |PRICE              |");
    screen.shows("Nothing yet: a query starts with what\r\ncomes after it");
    let row = "INSERT INTO orders (id, price) VALUES ('a', 2.5);";
    call(&["sql", &server.url, "-e", row], "", server.folder.path()).ok();
    screen.shows("|a                  |2.5                |");
    Command::new("kill").args(["-INT", &screen.child.id().to_string()]).status().unwrap();
    screen.shows("Query terminated");

    // An error ends nothing.
    screen.types("SHOW NOTHING;\r");
    screen.shows("line 1:6");
    screen.types("timing on\r");
    screen.shows("Timing ON");
    screen.types("SHOW TYPES;\r");
    screen.shows("Time: ");
    screen.types("history\r");
    screen.shows("   0: select id,\r\nprice from orders emit changes;\r\n   1: SHOW NOTHING;\r\n");
    // Ctrl-C drops what was begun, Ctrl-D leaves.
    screen.shows("millstream> ");
    screen.types("DROP STREAM\x03");
    screen.shows("DROP STREAM");
    screen.shows("millstream> ");
    screen.types("\x04");
    screen.shows("Exiting.");
    assert_eq!(screen.ends(), 0);

    // The next one remembers.
    let mut screen = Screen::start(&server);
    screen.shows("millstream> ");
    screen.types("history\r");
    screen.shows("   3: SHOW TYPES;");
    screen.types("exit\r");
    assert_eq!(screen.ends(), 0);
}
