//! The conversations of `docs/shell.md` are what the shell says. `UPDATE=1 cargo test -p millstream --test it transcript`
//! writes them.

use std::fs;
use std::path::Path;

use crate::call::call;
use crate::server::Server;

const PROMPT: &str = "millstream> ";
/// What begins a conversation; all of a page are held with one server.
const FENCE: &str = "```text\nmillstream> ";
/// A command whose answer is known stands between what is typed, so that it is known what answers what.
const MARK: &str = "request-pipelining\n";
const MARKED: &str = "Current request-pipelining configuration: OFF\n";

/// What a person types in a conversation: what stands behind a prompt, to the end of the statement or command.
fn typed(conversation: &str) -> Vec<String> {
    let mut typed: Vec<String> = Vec::new();
    for part in conversation.split(PROMPT).skip(1) {
        let mut lines = part.split_inclusive('\n');
        let mut text = lines.next().unwrap_or_default().to_owned();
        // Further lines are indented.
        for line in lines.take_while(|line| line.starts_with("  ")) {
            if text.trim_end().ends_with(';') {
                break;
            }
            text.push_str(line);
        }
        typed.push(text);
    }
    typed
}

/// The conversation as it is held now.
fn held(server: &Server, conversation: &str) -> String {
    let typed = typed(conversation);
    let input = typed.iter().map(|text| format!("{text}{MARK}")).collect::<String>();
    let called = call(&["sql", &server.url], &input, server.folder.path());
    let mut answers = called.out.split(MARKED);
    let mut text = String::new();
    for typed in &typed {
        text.push_str(PROMPT);
        text.push_str(typed);
        text.push_str(answers.next().unwrap_or_default());
    }
    // A pipe ends with the first error: it can only come last.
    without_chance(&text) + &called.err
}

/// Ids of queries for clients are made by chance.
fn without_chance(text: &str) -> String {
    let mut parts = text.split(CHANCE);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(CHANCE);
        out.push_str("ORDERS_1");
        out.push_str(&part[part.find('"').unwrap()..]);
    }
    out
}

const CHANCE: &str = "\"queryId\":\"transient_";

#[test]
fn the_page_shows_what_the_shell_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/shell.md");
    let page = fs::read_to_string(&path).unwrap();
    let server = Server::start();
    let mut written = String::new();
    let mut rest = page.as_str();
    let mut count = 0;
    while let Some(at) = rest.find(FENCE) {
        let (before, after) = rest.split_at(at + "```text\n".len());
        let (conversation, after) = after.split_at(after.find("```").unwrap());
        written.push_str(before);
        written.push_str(&held(&server, conversation));
        count += 1;
        rest = after;
    }
    written.push_str(rest);
    assert!(count >= 3, "conversations");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &written).unwrap();
        return;
    }
    let differing = page.lines().zip(written.lines()).find(|(was, is)| was != is);
    assert!(page == written, "docs/shell.md is out of date, UPDATE=1 writes it; first difference: {differing:?}");
}
