//! `millstream datagen`: into a topic, the same for the same seed.

use crate::call::Kafka;

#[test]
fn records_land_in_a_topic_that_is_made() {
    let kafka = Kafka::start();
    let made = kafka.call("datagen orders --count 50 --rate 0 --seed 4 -p 2 --start-time 0 --step 10");
    assert_eq!((made.code, made.err.as_str()), (0, "Created topic orders.\n50 records in topic orders.\n"));
    assert_eq!(kafka.call("topic list").ok(), "orders\t2\t1\n");
    let read = kafka.call("topic consume orders -b -e --print-timestamp").ok();
    assert_eq!(read.lines().count(), 50);
    let at = |ms: i64| read.lines().filter(|line| line.starts_with(&format!("CreateTime:{ms}\t"))).count();
    assert_eq!((at(10), at(490), at(500)), (1, 1, 0));
    let line = read.lines().find(|line| line.starts_with("CreateTime:490\t")).unwrap();
    assert!(line.contains("\"ordertime\":490") && line.contains("\"address\":{\"city\":"), "{line}");

    kafka.call("datagen orders --topic again --count 50 --rate 0 --seed 4 -p 2 --start-time 0 --step 10").ok();
    let sorted = |topic: &str| {
        let text = kafka.call(&format!("topic consume {topic} -b -e --json")).ok();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(sorted("orders"), sorted("again"));
}

#[test]
fn formats_and_keys() {
    let kafka = Kafka::start();
    kafka.call("datagen users --count 3 --rate 0 --seed 1 --format delimited").ok();
    let read = kafka.call("topic consume users -b -e -k").ok();
    let line = read.lines().next().unwrap();
    let (key, value) = line.split_once('\t').unwrap();
    assert!(key.starts_with("User_") && value.split(',').count() == 3, "{line}");
    kafka.call("datagen persons --count 1 --rate 0 --key none").ok();
    let read = kafka.call("topic consume persons -b -e -k").ok();
    assert!(read.starts_with("null\t{") && read.contains("\"id\":0"), "{read}");
    assert!(kafka.call("datagen users --key nope --count 1").failed(1).contains("have no field 'nope' for a key"));
}
