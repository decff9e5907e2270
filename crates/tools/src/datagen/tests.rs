//! What is made up is the same for the same seed, and what its statement says.

use super::*;

fn options(kind: Kind) -> Datagen {
    Datagen {
        kind,
        topic: None,
        partitions: 1,
        count: Some(3),
        rate: 0.0,
        seed: Some(1),
        key: None,
        key_format: KeyFormat::Kafka,
        value_format: ValueFormat::Json,
        start_time: Some(1_000),
        step: 500,
        to_stdout: true,
        show_statement: false,
    }
}

fn printed(options: &Datagen) -> (u8, String, String) {
    let kafka = Kafka { bootstrap: "127.0.0.1:1".into(), properties: Vec::new() };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(&kafka, options, &mut out, &mut err);
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[test]
fn the_same_seed_gives_the_same_records() {
    let first = printed(&options(Kind::Orders));
    assert_eq!(first, printed(&options(Kind::Orders)));
    assert_ne!(first.1, printed(&Datagen { seed: Some(2), ..options(Kind::Orders) }).1);
    let lines: Vec<&str> = first.1.lines().collect();
    assert!(lines[0].starts_with("0\t{") && lines[2].starts_with("2\t{"), "{lines:?}");
    assert!(lines[1].contains("\"ordertime\":1500") && lines[1].contains("\"address\":{\"city\":"), "{lines:?}");
    assert!(!lines[1].contains("orderid"), "the key is not in the value: {lines:?}");
}

#[test]
fn every_kind_is_what_its_columns_say() {
    for kind in [Kind::Orders, Kind::Clickstream, Kind::Users, Kind::Persons] {
        for value_format in [ValueFormat::Json, ValueFormat::Delimited] {
            let options = Datagen { value_format, key: Some("none".into()), ..options(kind) };
            let columns = kind.columns(value_format);
            let fields = kind.draw(&mut Chance::with_seed(7), 1, 2, value_format);
            let names = |list: &[&'static str]| list.to_vec();
            let (of_columns, of_fields): (Vec<_>, Vec<_>) =
                (columns.iter().map(|(n, _)| *n).collect(), fields.iter().map(|(n, _)| *n).collect());
            assert_eq!(names(&of_columns), names(&of_fields), "{kind:?}");
            let (code, out, err) = printed(&options);
            assert_eq!((code, out.lines().count(), err.as_str()), (crate::EXIT_OK, 3, ""), "{kind:?}");
            assert!(!out.contains('\t'), "without a key there is no tab: {out}");
        }
    }
}

#[test]
fn the_statement_names_key_and_formats() {
    let shown = |options: Datagen| printed(&Datagen { show_statement: true, ..options }).1;
    assert_eq!(
        shown(options(Kind::Users)),
        "CREATE STREAM users (\n    registertime BIGINT,\n    userid STRING KEY,\n    regionid STRING,\n    \
         gender STRING\n) WITH (KAFKA_TOPIC = 'users', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');\n"
    );
    let flat = Datagen {
        topic: Some("my-orders".into()),
        key: Some("none".into()),
        value_format: ValueFormat::Delimited,
        ..options(Kind::Orders)
    };
    let flat = shown(flat);
    assert!(flat.starts_with("CREATE STREAM my_orders (") && flat.contains("zipcode BIGINT\n"), "{flat}");
    assert!(flat.ends_with("WITH (KAFKA_TOPIC = 'my-orders', VALUE_FORMAT = 'DELIMITED');\n"), "{flat}");
}

#[test]
fn keys_of_kafkas_own_format_are_bytes() {
    assert_eq!(KeyFormat::Kafka.key(&Field::Int(258), false), [0, 0, 1, 2]);
    assert_eq!(KeyFormat::Kafka.key(&Field::Bigint(1), false), [0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(KeyFormat::Kafka.key(&Field::Text("k".into()), false), b"k");
    assert_eq!(KeyFormat::Json.key(&Field::Text("k".into()), false), b"\"k\"");
}

#[test]
fn a_key_must_be_a_field() {
    let (code, _, err) = printed(&Datagen { key: Some("address".into()), ..options(Kind::Orders) });
    assert_eq!(code, crate::EXIT_FAILED);
    assert!(err.contains("no field 'address' for a key: none, ordertime, orderid"), "{err}");
}

#[test]
fn a_rate_is_kept() {
    let clock = SystemClock::new();
    let begun = clock.monotonic();
    let paced = Datagen { count: Some(5), rate: 50.0, ..options(Kind::Users) };
    assert_eq!(printed(&paced).1.lines().count(), 5);
    assert!(clock.monotonic() - begun >= Duration::from_millis(80), "5 records at 50 a second take 80 ms");
}
