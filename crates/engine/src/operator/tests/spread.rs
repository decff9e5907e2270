//! The first and the last step of a foreign-key join over all partitions, each by itself.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, Int64Array, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef};
use datafusion_physical_expr::expressions::Column as ColumnExpr;
use millstream_plan::topology::{
    Branch, Identity, Join, JoinForm, JoinKind, Projection, RowKey, SinkNode, SourceNode, Stage, Step, cut,
};
use millstream_schemas::TopicSchemas;
use millstream_types::{Column as SqlColumn, Format, FormatSpec, Role, Schema as SqlSchema, SqlType};

use crate::batch::{Batch, Change, Origin};
use crate::ledger::Ledger;
use crate::link::InputPartition;
use crate::operator::{Context, Operator, operators, run};

fn schema(names: &[&str]) -> SchemaRef {
    Arc::new(Schema::new(names.iter().map(|n| Field::new(*n, DataType::Int32, true)).collect::<Vec<_>>()))
}

/// The operators of the parts of a join of (K, V) by V with (K, V).
fn steps(kind: JoinKind, before: bool) -> (Vec<Step>, Vec<Step>) {
    let column = |name: &str, role| SqlColumn { name: name.into(), ty: SqlType::Integer, role };
    let format = FormatSpec::key(Format::Kafka, 1);
    let key = RowKey { format, columns: vec![column("KEY", Role::Key)] };
    let by = |at: usize| {
        let expr = Arc::new(ColumnExpr::new("C", at));
        vec![Projection { column: column("KEY", Role::Key), expr, sql: "V".into() }]
    };
    let value_format = FormatSpec::value(Format::Json);
    let columns = SqlSchema::new([column("K", Role::Key), column("V", Role::Value)]);
    let source = SourceNode {
        topic: "t".into(),
        key_format: format,
        value_format,
        window: None,
        schema: columns.clone(),
        used: vec![0, 1],
        pseudo: vec![],
        timestamp: None,
        rows: schema(&["K", "V"]),
    };
    let join = Join {
        form: JoinForm::ForeignKey,
        kind,
        right: Branch { source: source.clone(), steps: vec![] },
        left_key: by(1),
        right_key: by(0),
        left_identity: Some(Identity { positions: vec![0], key: key.clone() }),
        key,
        key_window: None,
        left_moves: false,
        right_moves: false,
        within: None,
        late: None,
        shows_key: false,
        pseudo: vec![],
        before,
        left_rows: schema(&["K", "V"]),
        right_rows: schema(&["K", "V"]),
        rows: schema(&["L_K", "L_V", "R_K", "R_V"]),
        sql: "L.V = R.K".into(),
    };
    let sink = SinkNode {
        topic: "o".into(),
        key_format: format,
        value_format,
        window: None,
        schema: columns,
        timestamp: None,
        schemas: TopicSchemas::default(),
    };
    let mut parts = cut(&[Stage { source, steps: vec![Step::Join(Box::new(join))], sink: Some(sink) }]);
    let last = parts.pop().unwrap().steps;
    (parts.remove(0).steps, last)
}

/// Rows; those of a set bit are gone.
fn batch(rows: RecordBatch, gone: Vec<bool>) -> Batch {
    let count = rows.num_rows();
    Batch {
        rows,
        time: (0..count as i64).collect(),
        change: Change::Upsert { deleted: Some(BooleanBuffer::from(gone)), before: None },
        keyless: None,
        windows: None,
        headers: None,
        origin: Origin { partition: InputPartition { input: 0, partition: 0 }, offsets: (0..count as i64).collect() },
    }
}

fn ints(values: Vec<Option<i32>>) -> ArrayRef {
    Arc::new(Int32Array::from(values))
}

fn run_one(operators: &mut [Box<dyn Operator>], batch: Batch) -> (Vec<Batch>, usize) {
    let (mut out, mut ledger) = (Vec::new(), Ledger::new("q", vec!["t".into()]));
    run(operators, batch, &mut Context { ledger: &mut ledger, late: &mut Vec::new() }, &mut out).unwrap();
    (out, ledger.entries().len())
}

fn save(operators: &mut [Box<dyn Operator>]) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let mut saved = Vec::new();
    operators[0]
        .save(&mut |key, value| {
            saved.push((key.to_vec(), value.map(<[u8]>::to_vec)));
            Ok(())
        })
        .unwrap();
    saved
}

/// A change of the left table: key, where it points; nothing: it is gone.
type Given = (i32, Option<Option<i32>>);

/// What a step sends: key, value, where to, version, life, note, and whether it is a deletion.
type Sent = (Option<i32>, Option<i32>, Option<i32>, i64, i64, i64, bool);

fn point(operators: &mut [Box<dyn Operator>], given: &[Given]) -> (Vec<Sent>, usize) {
    let columns = vec![
        ints(given.iter().map(|(k, _)| Some(*k)).collect()),
        ints(given.iter().map(|(_, v)| v.flatten()).collect()),
    ];
    let rows = RecordBatch::try_new(schema(&["K", "V"]), columns).unwrap();
    let (out, recorded) = run_one(operators, batch(rows, given.iter().map(|(_, v)| v.is_none()).collect()));
    let mut sent = Vec::new();
    for batch in &out {
        let int = |at: usize, row: usize| {
            let column = batch.rows.column(at).as_primitive::<Int32Type>();
            column.is_valid(row).then(|| column.value(row))
        };
        let long = |at: usize, row: usize| batch.rows.column(at).as_primitive::<Int64Type>().value(row);
        let row = |i| (int(0, i), int(1, i), int(2, i), long(3, i), long(4, i), long(5, i), batch.is_absent(i));
        sent.extend((0..batch.len()).map(row));
    }
    (sent, recorded)
}

const NEW: i64 = -3;
const CHANGED: i64 = -2;
const LEFT: i64 = -1;

#[test]
fn a_row_that_points_elsewhere_says_where_it_was_that_it_has_left() {
    let mut operators = operators(&steps(JoinKind::Inner, false).0).unwrap();
    let given = [(7, Some(Some(1))), (7, Some(Some(1))), (7, Some(Some(2))), (8, None), (7, None), (7, Some(Some(3)))];
    let sent = [
        (Some(7), Some(1), Some(1), 1, 1, NEW, false),
        (Some(7), Some(1), Some(1), 2, 1, CHANGED, false),
        (Some(7), None, Some(1), 3, 1, LEFT, true),
        (Some(7), Some(2), Some(2), 3, 1, CHANGED, false),
        // Nothing is known of 8.
        (Some(7), None, Some(2), 4, 1, 1, true),
        (Some(7), Some(3), Some(3), 5, 5, NEW, false),
    ];
    assert_eq!(point(&mut operators, &given), (sent.to_vec(), 0));
    assert_eq!(operators[0].held(), 1);
}

#[test]
fn a_row_that_points_nowhere_is_gone_where_only_those_with_a_partner_stay() {
    let given = [(7, Some(None)), (7, Some(Some(1))), (7, Some(None)), (7, None), (7, Some(Some(1)))];
    let mut inner = operators(&steps(JoinKind::Inner, false).0).unwrap();
    let sent = [
        (Some(7), Some(1), Some(1), 1, 1, NEW, false),
        (Some(7), None, Some(1), 2, 1, LEFT, true),
        (Some(7), None, None, 2, 1, 1, true),
        (Some(7), Some(1), Some(1), 3, 3, NEW, false),
    ];
    assert_eq!(point(&mut inner, &given), (sent.to_vec(), 2), "two rows are recorded");
    let mut left = operators(&steps(JoinKind::Left, false).0).unwrap();
    let sent = [
        (Some(7), None, None, 1, 1, NEW, false),
        (Some(7), None, None, 2, 1, LEFT, true),
        (Some(7), Some(1), Some(1), 2, 1, CHANGED, false),
        (Some(7), None, Some(1), 3, 1, LEFT, true),
        (Some(7), None, None, 3, 1, CHANGED, false),
        (Some(7), None, None, 4, 1, 2, true),
        (Some(7), Some(1), Some(1), 5, 5, NEW, false),
    ];
    assert_eq!(point(&mut left, &given), (sent.to_vec(), 0));
}

#[test]
fn numbers_go_on_behind_a_restart_and_what_is_saved_is_what_has_changed() {
    let steps = steps(JoinKind::Inner, false).0;
    let mut first = operators(&steps).unwrap();
    first[0].track();
    point(&mut first, &[(7, Some(Some(1))), (8, Some(Some(1))), (8, None), (7, Some(Some(2)))]);
    let saved = save(&mut first);
    assert_eq!(saved.len(), 3, "7, that 8 is gone, and the number");
    assert_eq!(save(&mut first), []);
    point(&mut first, &[(7, Some(Some(2)))]);
    assert_eq!(save(&mut first).len(), 1, "the number");
    let mut second = operators(&steps).unwrap();
    for (key, value) in &saved {
        if let Some(value) = value {
            second[0].load(key, value).unwrap();
        }
    }
    assert_eq!(point(&mut second, &[(7, None)]).0, [(Some(7), None, Some(2), 5, 1, 1, true)]);
    assert!(second[0].load(b"", &[]).is_err() && second[0].load(b"x", &[1]).is_err());
    assert!(second[0].load(b"k7", &[1, 0]).is_err() && second[0].load(b"k7", &[9]).is_err());
}

/// What is told to the last step: value of the row, or nothing when it is gone; version, life, note.
type Told = (Option<i32>, i64, i64, i64);

/// What goes on: the value, and what it was where that is asked.
fn latest(operators: &mut [Box<dyn Operator>], told: &[Told]) -> Vec<(Option<i32>, Option<i32>)> {
    let mut fields: Vec<_> = schema(&["L_K", "L_V", "POINTER"]).fields().iter().cloned().collect();
    fields.extend(["VERSION", "LIFE", "NOTE"].map(|n| Arc::new(Field::new(n, DataType::Int64, true))));
    fields.extend(schema(&["R_K", "R_V"]).fields().iter().cloned());
    let long = |of: fn(&Told) -> i64| Arc::new(told.iter().map(|t| Some(of(t))).collect::<Int64Array>()) as ArrayRef;
    let same = |value| ints(vec![Some(value); told.len()]);
    let columns = vec![
        same(7),
        ints(told.iter().map(|t| t.0).collect()),
        same(1),
        long(|t| t.1),
        long(|t| t.2),
        long(|t| t.3),
        same(1),
        same(5),
    ];
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    let (out, _) = run_one(operators, batch(rows, told.iter().map(|t| t.0.is_none()).collect()));
    let mut passed = Vec::new();
    for batch in out {
        assert_eq!(batch.rows.num_columns(), 4);
        let values = batch.rows.column(1).as_primitive::<Int32Type>();
        for row in 0..batch.len() {
            assert_eq!(batch.rows.column(3).as_primitive::<Int32Type>().value(row), 5);
            let before = match &batch.change {
                Change::Upsert { before: Some(before), .. } if before.there.value(row) => {
                    Some(before.rows.column(1).as_primitive::<Int32Type>().value(row))
                }
                _ => None,
            };
            passed.push(((!batch.is_absent(row)).then(|| values.value(row)), before));
        }
    }
    passed
}

#[test]
fn what_is_told_about_an_earlier_change_is_dropped() {
    let mut operators = operators(&steps(JoinKind::Inner, true).1).unwrap();
    let told = [(Some(10), 1, 1, NEW), (Some(30), 3, 1, CHANGED), (Some(20), 2, 1, CHANGED), (Some(31), 3, 1, CHANGED)];
    assert_eq!(latest(&mut operators, &told), [(Some(10), None), (Some(30), Some(10)), (Some(31), Some(30))]);
    assert_eq!(latest(&mut operators, &[(None, 3, 1, LEFT), (None, 2, 1, LEFT)]), []);
    assert_eq!(latest(&mut operators, &[(None, 4, 1, CHANGED)]), [(None, Some(31))], "it has no partner");
}

#[test]
fn a_row_that_is_gone_is_known_until_all_keys_that_it_has_left_have_told_so() {
    let steps = steps(JoinKind::Inner, false).1;
    let mut step = operators(&steps).unwrap();
    assert_eq!(latest(&mut step, &[(None, 1, 1, 0)]), [(None, None)], "a deletion is told");
    assert_eq!(step[0].held(), 0);
    // It has been at two keys before that of the deletion; one of them has told so.
    latest(&mut step, &[(Some(10), 2, 2, NEW), (None, 3, 2, LEFT), (None, 5, 2, 2)]);
    assert_eq!(step[0].held(), 1);
    assert_eq!(latest(&mut step, &[(Some(9), 4, 2, CHANGED)]), [], "it comes after the deletion");
    // It comes back in between.
    assert_eq!(latest(&mut step, &[(Some(60), 6, 6, NEW)]), [(Some(60), None)]);
    assert_eq!(latest(&mut step, &[(None, 7, 6, 0)]), [(None, None)]);
    assert_eq!(step[0].held(), 1);
    assert_eq!(latest(&mut step, &[(None, 5, 2, LEFT)]), []);
    assert_eq!(step[0].held(), 0);
}

#[test]
fn what_is_known_of_a_row_outlives_the_process() {
    let steps = steps(JoinKind::Inner, true).1;
    let mut first = operators(&steps).unwrap();
    first[0].track();
    latest(&mut first, &[(Some(10), 3, 1, CHANGED), (None, 2, 1, LEFT)]);
    let saved = save(&mut first);
    assert_eq!(saved.len(), 1);
    let (key, value) = &saved[0];
    let mut second = operators(&steps).unwrap();
    second[0].load(key, value.as_deref().unwrap()).unwrap();
    assert_eq!(latest(&mut second, &[(Some(20), 2, 1, CHANGED), (Some(30), 3, 1, CHANGED)]), [(Some(30), Some(10))]);
    assert_eq!(latest(&mut second, &[(None, 4, 1, 1)]), [(None, Some(30))]);
    assert_eq!(second[0].held(), 0, "all that it has left had told so");
    latest(&mut first, &[(None, 4, 1, 1)]);
    assert_eq!(save(&mut first), [(key.clone(), None)]);
    assert!(second[0].load(key, &[]).is_err() && second[0].load(key, &[9]).is_err());
    assert!(second[0].load(key, &value.as_ref().unwrap()[..10]).is_err());
}
