//! `millstream topic`: made, filled, read, described, deleted.

use crate::call::Kafka;

#[test]
fn topics_come_and_go() {
    let kafka = Kafka::start();
    assert_eq!(kafka.call("topic create orders -p 3 -c retention.ms=60000").ok(), "Created topic orders.\n");
    assert!(kafka.call("topic create orders").failed(1).contains("exists already"));
    assert_eq!(kafka.call("topic create orders --if-not-exists").ok(), "Kept topic orders.\n");
    assert_eq!(kafka.call("topic list").ok(), "orders\t3\t1\n");
    let shown = kafka.call("topic describe orders").ok();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 4, "three partitions, and what was configured: {shown}");
    assert!(lines[0].starts_with("0\t") && lines[0].ends_with("\t0\t0"), "{shown}");
    assert_eq!(lines[3], "retention.ms\t60000");
    let all = kafka.call("topic describe orders --all").ok();
    assert!(all.lines().count() > 8 && all.contains("cleanup.policy\tdelete"), "{all}");
    assert!(kafka.call("topic describe nope").failed(1).contains("topic \"nope\" does not exist"));
    assert!(kafka.call("topic delete orders nope").failed(1).contains("\"nope\" does not exist"));
    assert_eq!(kafka.call("topic list").ok(), "orders\t3\t1\n", "nothing was deleted");
    assert_eq!(kafka.call("topic delete orders").ok(), "Deleted topic orders.\n");
    assert_eq!(kafka.call("topic delete orders --if-exists").ok(), "");
    assert_eq!(kafka.call("topic list").ok(), "");
}

#[test]
fn what_is_produced_is_consumed() {
    let kafka = Kafka::start();
    kafka.call("topic create t -p 2").ok();
    kafka.call_with("topic produce t -k : -H source=test --null-marker NULL", "a:1\nb:2\na:NULL\n").ok();
    let read = kafka.call("topic consume t -b -e --key-separator =").ok();
    let mut lines: Vec<&str> = read.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["a=1", "a=null", "b=2"]);
    let of_a = kafka.call("topic consume t -b --max-messages 1 --print-headers --print-offset").ok();
    assert!(of_a.starts_with("Offset:0\tsource:test\t"), "{of_a}");

    // Keys that are numbers, as ksqlDB's KAFKA format writes them.
    kafka.call("topic create n").ok();
    kafka.call_with("topic produce n -k : --key-format int", "7:x\n").ok();
    assert_eq!(kafka.call("topic consume n -b -e --key-format int").ok(), "7\tx\n");
    assert_eq!(kafka.call("topic consume n -b -e -k").ok(), "\0\0\0\u{7}\tx\n");
    assert!(kafka.call_with("topic produce n -k : --key-format int", "k:x\n").failed(1).contains("key 'k' is no INT"));

    // JSON is lossless: a copy of the topic is the same.
    kafka.call("topic create copy -p 2").ok();
    let json = kafka.call("topic consume t -b -e --json").ok();
    kafka.call_with("topic produce copy --json", &json).ok();
    let sorted = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(sorted(kafka.call("topic consume copy -b -e --json").ok()), sorted(json));
}

#[test]
fn one_partition_and_places_in_it() {
    let kafka = Kafka::start();
    kafka.call("topic create t -p 2").ok();
    kafka.call_with("topic produce t --partition 1", "x\ny\nz\n").ok();
    assert_eq!(kafka.call("topic consume t --partition 0 -b -e").ok(), "");
    assert_eq!(kafka.call("topic consume t --partition 1 --start offset:1 -e").ok(), "y\nz\n");
    assert_eq!(kafka.call("topic consume t --start latest -e").ok(), "");
    assert!(kafka.call("topic consume t --partition 2 -b").failed(1).contains("has no partition 2: it has 2"));
    assert!(kafka.call_with("topic produce t -p 5", "x\n").failed(1).contains("has no partition 5"));
}

#[test]
fn what_is_wrong_is_said() {
    let kafka = Kafka::start();
    assert!(kafka.call_with("topic produce nope", "x\n").failed(1).contains("topic \"nope\" does not exist"));
    assert!(kafka.call("topic consume nope -b").failed(1).contains("topic \"nope\" does not exist"));
    kafka.call("topic create t").ok();
    let said = kafka.call_with("topic produce t -k :", "a:1\nb\n").failed(1);
    assert_eq!(said, "millstream: line 2: no key separator ':'; 1 records were sent\n");
    let said = kafka.call_with("topic produce t --json", "{\"value\": 1}\n[]\n").failed(1);
    assert!(said.contains("line 2: not a JSON object"), "{said}");
}
