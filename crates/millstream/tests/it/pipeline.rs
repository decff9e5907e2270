//! Pipelines from files to a server: validated, planned, applied, applied again, changed.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::call::call;
use crate::server::Server;

const SOURCES: &str = "SET 'auto.offset.reset' = 'earliest';
CREATE STREAM orders (id STRING KEY, price DOUBLE, shop INT)
  WITH (KAFKA_TOPIC = 'orders', VALUE_FORMAT = 'JSON', PARTITIONS = 1);
";
const BIG: &str = "SET 'auto.offset.reset' = 'earliest';
CREATE STREAM big AS SELECT id, price, shop FROM orders WHERE price > 100 EMIT CHANGES;
INSERT INTO big WITH (QUERY_ID = 'shop_7') SELECT id, price, shop FROM orders WHERE shop = 7;
";
const HUGE: &str = "CREATE STREAM huge AS SELECT * FROM big WHERE price > 1000 EMIT CHANGES;\n";

fn pipeline() -> Server {
    let server = Server::start();
    // Read in the order of names, which is the wrong one.
    server.write("p/a_huge.sql", HUGE);
    server.write("p/b_big.sql", BIG);
    server.write("p/c_sources.sql", SOURCES);
    server
}

#[test]
fn a_pipeline_is_applied_once() {
    let server = pipeline();
    assert_eq!(server.call("plan p --exit-code").code, 2);
    let text = server.call("plan p").ok();
    assert!(text.contains("  + stream orders"), "{text}");
    assert!(text.contains("Plan: 4 to create."), "{text}");
    let text = server.call("apply p").ok();
    let done = "[1/4] create stream orders\n[2/4] create stream big\n[3/4] create stream huge\n[4/4] create query shop_7\nApplied.\n";
    assert!(text.ends_with(done), "{text}");
    let text = server.call("plan p --exit-code").ok();
    assert!(text.contains("Nothing to do: the server is as described."), "{text}");
    assert!(server.call("apply p").ok().contains("Nothing to do"));

    // It runs: what goes in comes out.
    let insert = "INSERT INTO orders (id, price, shop) VALUES ('a', 2000, 7);";
    server.sql(insert).ok();
    let read = server.kafka.call("topic consume BIG -b -n 2 -k").ok();
    assert_eq!(read.lines().filter(|line| line.starts_with("a\t")).count(), 2, "once by each query: {read}");
}

#[test]
fn a_filter_is_upgraded_and_a_key_replaced() {
    let server = pipeline();
    server.write("p/b_big.sql", "CREATE STREAM big AS SELECT id, price, shop FROM orders WHERE price > 100;");
    server.call("apply p").ok();
    server.write("p/b_big.sql", "CREATE STREAM big AS SELECT id, price, shop FROM orders WHERE price > 50;");
    let text = server.call("plan p").ok();
    assert!(text.contains("  ~ stream big") && text.contains("upgrade in place"), "{text}");
    assert!(text.contains("- PRICE > 100\n") && text.contains("+ PRICE > 50\n"), "{text}");
    assert!(server.call("apply p").ok().contains("[1/1] upgrade stream big\n"));
    assert!(server.call("plan p").ok().contains("Nothing to do"));

    server.write(
        "p/b_big.sql",
        "CREATE STREAM big AS SELECT id, price, shop FROM orders WHERE price > 50 PARTITION BY shop;",
    );
    let text = server.call("plan p").ok();
    assert!(text.contains("-/+ stream big") && text.contains("-/+ stream huge"), "{text}");
    assert!(text.contains("Plan: 2 to replace, 1 unchanged."), "{text}");
    assert!(server.call("apply p").failed(1).contains("--allow-state-loss"), "loss needs a permission");
    let text = server.call("apply p --allow-state-loss --delete-topics").ok();
    let done =
        "[1/4] drop stream huge\n[2/4] drop stream big\n[3/4] create stream big\n[4/4] create stream huge\nApplied.\n";
    assert!(text.ends_with(done), "{text}");
    assert!(server.call("plan p").ok().contains("Nothing to do"));
    assert!(server.sql("DESCRIBE huge;").ok().contains("SHOP  | INTEGER          (key)"));
}

#[test]
fn properties_and_topics_are_part_of_what_is_described() {
    let server = pipeline();
    let big = |set: &str, with: &str| {
        let text = format!("{set}CREATE STREAM big WITH ({with}) AS SELECT id, price, shop FROM orders;");
        server.write("p/b_big.sql", &text);
    };
    big("", "PARTITIONS = 1");
    server.call("apply p").ok();
    // A property is upgraded in place, and is the query's then.
    big("SET 'processing.guarantee' = 'at_least_once'; SET 'auto.offset.reset' = 'earliest';", "PARTITIONS = 1");
    let text = server.call("plan p").ok();
    assert!(text.contains("  ~ stream big"), "{text}");
    assert!(text.contains("      SET          + 'processing.guarantee' = 'at_least_once'\n"), "{text}");
    assert!(server.call("apply p").ok().ends_with("[1/1] upgrade stream big\nApplied.\n"));
    assert!(server.call("plan p --exit-code").ok().contains("Nothing to do"));
    let described = server.sql("SHOW QUERIES EXTENDED;").ok();
    assert!(described.contains("processing.guarantee") && described.contains("at_least_once"), "{described}");
    // Taken back it is the server's again.
    big("SET 'auto.offset.reset' = 'earliest';", "PARTITIONS = 1");
    assert!(server.call("plan p").ok().contains("      SET          - 'processing.guarantee' = 'at_least_once'\n"));
    server.call("apply p").ok();
    assert!(server.call("plan p --exit-code").ok().contains("Nothing to do"));
    // Other partitions are another topic.
    big("SET 'auto.offset.reset' = 'earliest';", "PARTITIONS = 3");
    let text = server.call("plan p").failed(1);
    assert_eq!(text, "");
    let text = server.call("plan p");
    assert!(text.out.contains("-/+ stream big") && text.out.contains("partitions   - 1\n"), "{text:?}");
    assert!(text.out.contains("! stream big: topic BIG is there and has other partitions"), "{text:?}");
    assert_eq!(server.call("apply p --allow-state-loss").code, 1, "the topic would stay as it is");
    server.call("apply p --allow-state-loss --delete-topics").ok();
    assert!(server.call("plan p --exit-code").ok().contains("Nothing to do"));
    assert!(server.kafka.call("topic list").ok().contains("BIG\t3\t1\n"));
}

#[test]
fn what_is_not_in_the_files_goes_only_when_asked() {
    let server = pipeline();
    server.call("apply p").ok();
    std::fs::remove_file(server.folder.path().join("p/a_huge.sql")).unwrap();
    let text = server.call("plan p --exit-code").ok();
    assert!(text.contains("Nothing to do: the server is as described. 1 not in the files, left alone."), "{text}");
    let text = server.call("plan p --delete").ok();
    assert!(text.contains("  - stream huge") && text.contains("Plan: 1 to delete, 3 unchanged."), "{text}");
    assert!(server.call("apply p --delete --allow-state-loss").ok().ends_with("[1/1] drop stream huge\nApplied.\n"));
    assert!(server.call("plan p --delete --exit-code").ok().contains("Nothing to do"));
}

#[test]
fn a_run_that_broke_off_is_gone_on_with() {
    let server = pipeline();
    // The third step cannot be done: its topic is there with other partitions … and is not, once that is put right.
    server.write("p/d.sql", "CREATE STREAM other (n INT) WITH (KAFKA_TOPIC = 'missing', VALUE_FORMAT = 'JSON');");
    let stopped = server.call("apply p");
    assert_eq!(stopped.code, 1);
    assert!(
        stopped.err.contains("create stream other: ") && stopped.err.contains("4 of 5 steps are done"),
        "{stopped:?}"
    );
    let text = server.call("plan p").ok();
    assert!(text.contains("Plan: 1 to create, 4 unchanged."), "{text}");
    server.kafka.call("topic create missing").ok();
    assert!(server.call("apply p").ok().ends_with("[1/1] create stream other\nApplied.\n"));
    assert!(server.call("plan p --exit-code").ok().contains("Nothing to do"));
}

/// Applies the pipeline and kills that when it has said that so many steps are done.
fn killed_after(server: &Server, step: usize, of: usize) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_millstream"))
        .args(["apply", "p", "--allow-state-loss", "--delete-topics", "--server", &server.url])
        .current_dir(server.folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let wanted = format!("[{step}/{of}]");
    let out = BufReader::new(child.stdout.take().unwrap());
    assert!(out.lines().any(|line| line.unwrap().starts_with(&wanted)), "step {step} of {of} is reached");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Killed after every number of steps in turn, and run again: the catalog is always the same in the end.
#[test]
fn a_run_that_is_killed_is_gone_on_with() {
    let server = pipeline();
    let goes_on = |step: usize, key: &str| {
        server.call("apply p --allow-state-loss --delete-topics").ok();
        assert!(server.call("plan p --exit-code").ok().contains("Nothing to do"), "killed after {step}");
        assert!(server.sql("DESCRIBE huge;").ok().contains(key), "killed after {step}");
    };
    for step in 1..4 {
        killed_after(&server, step, 4);
        goes_on(step, "ID    | VARCHAR(STRING)  (key)");
        server.write("none/none.sql", "CREATE TYPE unused AS INT;");
        server.call("apply none --delete --delete-topics --allow-state-loss").ok();
    }
    server.call("apply p").ok();
    // Replacements: three to drop, three to create.
    let by_shop =
        BIG.replace("price > 100", "price > 100 PARTITION BY shop").replace("shop = 7", "shop = 7 PARTITION BY shop");
    for step in 1..6 {
        let (text, key) = match step % 2 {
            1 => (by_shop.as_str(), "SHOP  | INTEGER          (key)"),
            _ => (BIG, "ID    | VARCHAR(STRING)  (key)"),
        };
        server.write("p/b_big.sql", text);
        killed_after(&server, step, 6);
        goes_on(step, key);
    }
}

#[test]
fn a_saved_plan_is_for_the_catalog_that_it_was_made_against() {
    let server = pipeline();
    server.call("plan p -o plan.json").ok();
    server.sql("CREATE STREAM x (n INT) WITH (KAFKA_TOPIC='x', VALUE_FORMAT='JSON', PARTITIONS=1);").ok();
    assert!(server.call("apply plan.json").failed(1).contains("the catalog has changed since the plan was made"));
    assert!(!server.sql("SHOW STREAMS;").ok().contains("ORDERS"), "nothing was done");
    server.call("plan p -o plan.json").ok();
    assert!(server.call("apply plan.json").ok().ends_with("[4/4] create query shop_7\nApplied.\n"));
    server.write("other.json", "{}");
    assert!(server.call("apply other.json").failed(1).contains("not a plan"));
}

#[test]
fn what_is_wrong_with_files_is_said_before_anything_is_done() {
    let server = pipeline();
    server.write("p/d.sql", "CREATE STREAM bad AS SELECT nope FROM orders;\n\nDROP STREAM orders;\n");
    let folder = server.folder.path();
    let said = call(&["validate", "p"], "", folder).failed(1);
    let want = "p/d.sql:1:29: error: ";
    assert!(
        said.starts_with(want) && said.contains("SELECT nope FROM orders;\n                            ^^^^"),
        "{said}"
    );
    assert!(said.contains("p/d.sql:3:1: error: DROP describes nothing"), "{said}");
    let json: serde_json::Value = serde_json::from_str(&call(&["validate", "p", "--json"], "", folder).out).unwrap();
    assert_eq!((json["valid"].as_bool(), json["findings"].as_array().unwrap().len()), (Some(false), 2));
    assert_eq!(json["findings"][0]["line"], 1);
    assert!(server.call("apply p").failed(1).contains("p/d.sql:1:29"));
    assert!(!server.sql("SHOW STREAMS;").ok().contains("ORDERS"), "nothing was done");
    std::fs::remove_file(folder.join("p/d.sql")).unwrap();
    assert_eq!(call(&["validate", "p"], "", folder).ok(), "p: 4 objects, all fine.\n");
    assert!(call(&["validate", "nowhere"], "", folder).failed(1).contains("nowhere"));
}

#[test]
fn pictures_and_layout_need_no_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("p.sql"), format!("{SOURCES}{BIG}")).unwrap();
    let picture = call(&["graph", "p.sql"], "", path).ok();
    assert!(picture.starts_with("flowchart LR\n") && picture.contains("n0 -- \"shop_7\" --> n1"), "{picture}");
    assert!(call(&["graph", "p.sql", "-f", "svg"], "", path).ok().starts_with("<svg "));
    assert!(call(&["graph", "p.sql", "--format", "dot"], "", path).ok().starts_with("digraph "));

    let said = call(&["fmt", "--check", "."], "", path).failed(1);
    assert_eq!(said, "./p.sql: not formatted\n");
    assert_eq!(call(&["fmt", "."], "", path).ok(), "./p.sql: formatted\n");
    assert_eq!(call(&["fmt", "--check", "."], "", path).ok(), "");
    assert_eq!(call(&["fmt", "-"], "show   streams;", path).ok(), "SHOW STREAMS;\n");
    assert!(call(&["fmt", "-"], "SELEC;", path).failed(1).contains("line 1:1"));
}

/// Starts `millstream` with these arguments and gives it once its ready line is there, with the URL in that.
pub(crate) fn running(args: &[&str], folder: &std::path::Path) -> (std::process::Child, String, Vec<String>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_millstream"))
        .args(args)
        .args(["--kafka-port", "0", "--data-dir", "data"])
        .args(if args.contains(&"--listeners") { &[][..] } else { &["--listeners", "http://127.0.0.1:0"] })
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(folder.join("log")).unwrap())
        .spawn()
        .unwrap();
    let mut before = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(rest) = line.strip_prefix("millstream ready: ") {
            let url = rest.split(' ').next().unwrap().to_owned();
            return (child, url, before);
        }
        before.push(line);
    }
    child.wait().unwrap();
    let log = std::fs::read_to_string(folder.join("log")).unwrap();
    panic!("it ended before it was ready: {before:?}\n{log}");
}

/// Ends it in order.
pub(crate) fn end(mut child: std::process::Child) {
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    child.wait().unwrap();
}

#[test]
fn run_is_a_server_with_the_pipeline() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("p.sql"), format!("{HUGE}{BIG}{SOURCES}")).unwrap();
    let (child, url, said) = running(&["run", "p.sql"], path);
    assert_eq!(said.first().map(String::as_str), Some("[1/4] create stream orders"));
    let plan = call(&["plan", "p.sql", "--server", &url], "", path).ok();
    assert!(plan.contains("Nothing to do"), "{plan}");
    call(&["sql", &url, "-e", "CREATE TYPE t AS INT;"], "", path).ok();
    end(child);
    // Once more over the same data: it is all there.
    let (child, _, said) = running(&["run", "p.sql"], path);
    assert_eq!(said, [""; 0]);
    end(child);
    std::fs::write(path.join("p.sql"), "CREATE STREAM x AS SELECT * FROM nowhere;").unwrap();
    let said = call(&["run", "p.sql", "--data-dir", "data", "--kafka-port", "0"], "", path).failed(1);
    assert!(said.contains("p.sql:1:34: error: NOWHERE does not exist."), "{said}");
}

#[test]
fn a_headless_server_is_what_its_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("q.sql"), SOURCES).unwrap();
    let said =
        call(&["server", "--queries-file", "q.sql", "--data-dir", "data", "--kafka-port", "0"], "", path).failed(1);
    assert!(said.contains("The SQL file does not contain any persistent queries."), "{said}");
    std::fs::write(path.join("q.sql"), format!("{SOURCES}{BIG}")).unwrap();
    let (child, url, _) = running(&["server", "-D", "ksql.queries.file=q.sql"], path);
    let sql = |sql: &str| call(&["sql", &url, "-e", sql], "", path);
    assert!(sql("SHOW QUERIES;").ok().contains("SHOP_7"));
    assert!(sql("DROP STREAM big;").failed(1).contains("This server is headless"));
    sql("INSERT INTO orders (id, price) VALUES ('a', 1);").ok();
    end(child);
}
