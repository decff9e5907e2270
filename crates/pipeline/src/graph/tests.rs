//! Pictures of one small pipeline.

use super::*;
use crate::check::{Surroundings, check};
use crate::files::SqlFile;

const PIPELINE: &str = "
    INSERT INTO big WITH (QUERY_ID = 'more') SELECT id, price FROM orders WHERE price > 10;
    --@doc: what is \"large\"
    CREATE STREAM big WITH (KAFKA_TOPIC = 'big<1>') AS SELECT id, price FROM orders WHERE price > 100;
    CREATE STREAM orders (id STRING KEY, price DOUBLE) WITH (KAFKA_TOPIC = 'orders', VALUE_FORMAT = 'JSON', PARTITIONS = 1);
    CREATE TABLE shops (id STRING PRIMARY KEY, city STRING) WITH (KAFKA_TOPIC = 'shops', VALUE_FORMAT = 'JSON', PARTITIONS = 1);";

fn drawn(format: GraphFormat) -> String {
    let file = SqlFile { path: "p.sql".into(), text: PIPELINE.into() };
    let checked = check(vec![file], &[], &Surroundings::default());
    assert_eq!(checked.findings, []);
    draw(&checked.objects, format)
}

#[test]
fn mermaid() {
    assert_eq!(
        drawn(GraphFormat::Mermaid),
        "flowchart LR\n    \
         n0[/\"orders<br/><small>stream over orders</small>\"/]\n    \
         n1[\"big<br/><small>stream over big&lt;1&gt;</small>\"]\n    \
         n2[(\"shops<br/><small>table over shops</small>\")]\n    \
         n0 --> n1\n    n0 -- \"more\" --> n1\n"
    );
}

#[test]
fn dot() {
    let dot = drawn(GraphFormat::Dot);
    assert!(dot.starts_with("digraph pipeline {") && dot.ends_with("}\n"), "{dot}");
    assert!(dot.contains(r#"n1 [label="big\nstream over big<1>", shape=box, tooltip="what is \"large\""];"#), "{dot}");
    assert!(dot.contains("n0 -> n1;\n") && dot.contains("n0 -> n1 [label=\"more\"];"), "{dot}");
    assert!(dot.contains("shape=cylinder") && dot.contains("shape=parallelogram"), "{dot}");
}

#[test]
fn svg_is_one_picture_with_every_box_and_arrow() {
    let svg = drawn(GraphFormat::Svg);
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
    assert_eq!((svg.matches("<rect ").count(), svg.matches("marker-end").count()), (3, 2));
    assert!(svg.contains("<title>what is &quot;large&quot;</title>") && svg.contains("over big&lt;1&gt;"), "{svg}");
    // The sink stands right of what it reads.
    let x = |name: &str| {
        let before = svg.split(&format!(">{name}</text>")).next().unwrap();
        let rect = before.rsplit("<rect x=\"").next().unwrap();
        rect.split('"').next().unwrap().parse::<u32>().unwrap()
    };
    assert!(x("big") > x("orders") && x("shops") == x("orders"), "{svg}");
}
