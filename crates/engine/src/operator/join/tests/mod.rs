//! Joins of random records against a model that takes one record at a time and forgets nothing: single and in batches,
//! whole and with their state saved and loaded at any place.

mod spread;
mod streams;
mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Field, Int32Type, Schema as ArrowSchema};
use datafusion_physical_expr::expressions::Column as ColumnExpr;
use millstream_plan::topology::{
    Branch, Identity, Join, JoinForm, JoinKind, Projection, RowKey, SourceNode, Step, Within,
};
use millstream_state::Disk;
use millstream_types::{Column, Format, FormatSpec, Role, Schema, SqlType};

use crate::batch::{Batch, Before, Change, Origin};
use crate::ledger::Ledger;
use crate::link::InputPartition;
use crate::operator::tests::disk::{changes, commit, lean, left};
use crate::operator::{Context, Operator, Turn, Turns, operators, run, run_turns, take_turns};

/// All kinds.
const KINDS: [JoinKind; 4] = [JoinKind::Inner, JoinKind::Left, JoinKind::Right, JoinKind::Full];

/// A record of columns K and V; no columns: its value was null.
#[derive(Debug, Clone, Copy)]
struct Given {
    left: bool,
    k: Option<i32>,
    v: Option<Option<i32>>,
    time: i64,
}

/// The columns K and V of a row.
type Row = (Option<i32>, Option<i32>);

/// A row of the result.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    key: Option<i32>,
    left: Option<Row>,
    right: Option<Row>,
    time: i64,
    deleted: bool,
    /// What it was; only where that is asked.
    before: Option<(Option<Row>, Option<Row>)>,
}

fn column(name: &str, role: Role) -> Column {
    Column { name: name.into(), ty: SqlType::Integer, role }
}

fn arrow_schema(names: &[&str]) -> Arc<ArrowSchema> {
    Arc::new(ArrowSchema::new(names.iter().map(|n| Field::new(*n, DataType::Int32, true)).collect::<Vec<_>>()))
}

fn by(name: &str, index: usize) -> Vec<Projection> {
    let expr = Arc::new(ColumnExpr::new(name, index));
    vec![Projection { column: column("KEY", Role::Key), expr, sql: name.into() }]
}

/// A join of two sides of K and V, by K; by V of the left side where that points to the right one.
fn join(form: JoinForm, kind: JoinKind, within: Option<Within>) -> Vec<Step> {
    let format = FormatSpec::key(Format::Kafka, 1);
    let key = RowKey { format, columns: vec![column("KEY", Role::Key)] };
    let foreign = form == JoinForm::ForeignKey;
    let table = || Step::Table { remember: None };
    let is_table = |right: bool| match form {
        JoinForm::StreamStream => false,
        JoinForm::StreamTable => right,
        JoinForm::TableTable | JoinForm::ForeignKey | JoinForm::Pointed => true,
    };
    let source = SourceNode {
        topic: "right".into(),
        key_format: format,
        value_format: FormatSpec::value(Format::Json),
        window: None,
        schema: Schema::new([column("K", Role::Key), column("V", Role::Value)]),
        used: vec![0, 1],
        pseudo: vec![],
        timestamp: None,
        rows: arrow_schema(&["K", "V"]),
    };
    let join = Step::Join(Box::new(Join {
        form,
        kind,
        right: Branch { source, steps: if is_table(true) { vec![table()] } else { vec![] } },
        left_key: if foreign { by("V", 1) } else { by("K", 0) },
        right_key: by("K", 0),
        left_identity: foreign.then(|| Identity { positions: vec![0], key: key.clone() }),
        key,
        key_window: None,
        left_moves: false,
        right_moves: false,
        within,
        late: None,
        shows_key: true,
        pseudo: vec![],
        before: is_table(false),
        left_rows: arrow_schema(&["K", "V"]),
        right_rows: arrow_schema(&["K", "V"]),
        rows: arrow_schema(&["KEY", "L_K", "L_V", "R_K", "R_V"]),
        sql: "L.K = R.K".into(),
    }));
    if is_table(false) { vec![table(), join] } else { vec![join] }
}

/// Random records of a few keys whose time mostly goes on.
fn given(random: &mut fastrand::Rng, count: usize, tables: bool) -> Vec<Given> {
    let mut now = 0;
    let mut one = || {
        now += random.i64(0..6);
        let back = if random.u8(0..5) == 0 { random.i64(0..60) } else { 0 };
        let gone = if tables { random.u8(0..4) == 0 } else { random.u8(0..20) == 0 };
        let k = (random.u8(0..15) > 0).then(|| random.i32(0..4));
        // A row of nothing but nulls could not be told from none.
        let v = if k.is_some() && random.u8(0..15) == 0 { None } else { Some(random.i32(0..4)) };
        Given { left: random.bool(), k, v: (!gone).then_some(v), time: (now - back).max(0) }
    };
    (0..count).map(|_| one()).collect()
}

/// Records of one side as a batch.
fn batch(records: &[Given]) -> Batch {
    let k = Int32Array::from_iter(records.iter().map(|r| r.k));
    let v = Int32Array::from_iter(records.iter().map(|r| r.v.flatten()));
    let bits = |flags: Vec<bool>| flags.contains(&true).then(|| BooleanBuffer::from(flags));
    Batch {
        rows: RecordBatch::try_new(arrow_schema(&["K", "V"]), vec![Arc::new(k) as ArrayRef, Arc::new(v)]).unwrap(),
        time: records.iter().map(|r| r.time).collect::<Vec<_>>().into(),
        change: Change::Append { absent: bits(records.iter().map(|r| r.v.is_none()).collect()) },
        keyless: bits(records.iter().map(|r| r.k.is_none()).collect()),
        windows: None,
        headers: None,
        origin: Origin {
            partition: InputPartition { input: u16::from(!records[0].left), partition: 0 },
            offsets: records.iter().map(|_| 7).collect::<Vec<_>>().into(),
        },
    }
}

/// The columns of a side of a result, from that one on; all of them null: there was no row.
fn rows_at(rows: &RecordBatch, first: usize) -> Vec<Option<Row>> {
    let values = |at: usize| rows.column(at).as_primitive::<Int32Type>().iter().collect::<Vec<_>>();
    let both = values(first).into_iter().zip(values(first + 1));
    both.map(|(k, v)| (k.is_some() || v.is_some()).then_some((k, v))).collect()
}

/// The rows of these batches. `key`: the column that tells which row it is, even of a deleted one.
fn told(batches: &[Batch], key: usize) -> Vec<Told> {
    let mut out = Vec::new();
    for batch in batches {
        let keys = batch.rows.column(key).as_primitive::<Int32Type>();
        let before = match &batch.change {
            Change::Upsert { before: Some(Before { rows, there }), .. } => {
                let pairs = rows_at(rows, 1).into_iter().zip(rows_at(rows, 3));
                pairs.zip(there).map(|(pair, there)| there.then_some(pair)).collect()
            }
            _ => vec![None; batch.len()],
        };
        for (i, ((left, right), before)) in
            rows_at(&batch.rows, 1).into_iter().zip(rows_at(&batch.rows, 3)).zip(before).enumerate()
        {
            let deleted = batch.is_absent(i);
            // Of a deleted row only the key tells anything.
            let (left, right) = if deleted { (None, None) } else { (left, right) };
            let key = keys.is_valid(i).then(|| keys.value(i));
            assert_eq!(batch.keyless.as_ref().is_some_and(|bits| bits.value(i)), key.is_none());
            out.push(Told { key, left, right, time: batch.time[i], deleted, before });
        }
    }
    out
}

/// The last operator's state as it was saved.
type Saved = BTreeMap<Vec<u8>, Vec<u8>>;

fn save(operators: &mut [Box<dyn Operator>], saved: &mut Saved) {
    let join = operators.last_mut().unwrap();
    assert!(join.keeps_state());
    join.save(&mut |key, value| {
        match value {
            Some(value) => drop(saved.insert(key.to_vec(), value.to_vec())),
            None => drop(saved.remove(key)),
        }
        Ok(())
    })
    .unwrap();
}

/// Runs records through a join in batches of at most `size`; before a batch, with a chance of one in `cut`, its state is
/// saved, and in half of these cases a new join goes on with it.
fn run_join(steps: &[Step], records: &[Given], size: usize, cut: Option<u8>) -> Vec<Told> {
    let random = &mut fastrand::Rng::with_seed(records.len() as u64);
    let mut ledger = Ledger::new("q", vec!["left".into(), "right".into()]);
    let (mut join, mut saved) = (operators(steps).unwrap(), Saved::new());
    if cut.is_some() {
        join.last_mut().unwrap().track();
    }
    let mut out = Vec::new();
    for run_of_side in records.chunk_by(|a, b| a.left == b.left) {
        for chunk in run_of_side.chunks(size) {
            if cut.is_some_and(|cut| random.u8(0..cut) == 0) {
                save(&mut join, &mut saved);
                if random.bool() {
                    join = operators(steps).unwrap();
                    let mut entries: Vec<_> = saved.iter().collect();
                    random.shuffle(&mut entries);
                    let last = join.last_mut().unwrap();
                    entries.into_iter().for_each(|(key, value)| last.load(key, value).unwrap());
                    last.track();
                }
            }
            run(&mut join, batch(chunk), &mut Context { ledger: &mut ledger, late: &mut Vec::new() }, &mut out)
                .unwrap();
        }
    }
    told(&out, usize::from(is_foreign(steps)))
}

/// Whether rows of the left side point to those of the right one.
fn is_foreign(steps: &[Step]) -> bool {
    steps.iter().any(|step| matches!(step, Step::Join(join) if join.form == JoinForm::ForeignKey))
}

/// The same with all that is saved on disk, where half of the new joins find what they need. Of tables there is what one in memory
/// leaves.
fn run_on_disk(steps: &[Step], records: &[Given], size: usize, cut: u8) -> Vec<Told> {
    let random = &mut fastrand::Rng::with_seed(records.len() as u64);
    let folder = tempfile::tempdir().unwrap();
    let image = Disk::open(folder.path(), 1 << 20).unwrap().image("join").unwrap();
    let mut ledger = Ledger::new("q", vec!["left".into(), "right".into()]);
    let fresh = || {
        let mut join = operators(steps).unwrap();
        lean(join.last_mut().unwrap().as_mut(), &image);
        join
    };
    let (mut join, mut out) = (fresh(), Vec::new());
    let (mut here, mut saved) = (operators(steps).unwrap(), Saved::new());
    here.last_mut().unwrap().track();
    for run_of_side in records.chunk_by(|a, b| a.left == b.left) {
        for chunk in run_of_side.chunks(size) {
            if random.u8(0..cut) == 0 {
                let last = join.last_mut().unwrap();
                let changes = changes(last.as_mut());
                commit(last.as_ref(), &changes, &image);
                let left = left(last.as_ref(), &image);
                if is_foreign(steps) {
                    save(&mut here, &mut saved);
                    let saved = saved.iter().map(|(key, value)| (key.clone(), Some(value.clone())));
                    assert_eq!(left, saved.collect::<Vec<_>>());
                }
                if random.bool() {
                    join = fresh();
                }
            }
            let cx = &mut Context { ledger: &mut ledger, late: &mut Vec::new() };
            run(&mut join, batch(chunk), cx, &mut out).unwrap();
            run(&mut here, batch(chunk), cx, &mut Vec::new()).unwrap();
        }
    }
    told(&out, usize::from(is_foreign(steps)))
}

/// Runs records through a join, so many of both sides together with how they take turns.
fn run_turned(steps: &[Step], records: &[Given], size: usize) -> Vec<Told> {
    let mut ledger = Ledger::new("q", vec!["left".into(), "right".into()]);
    let (mut join, mut out) = (operators(steps).unwrap(), Vec::new());
    assert!(take_turns(&join));
    for chunk in records.chunks(size) {
        let (left, right): (Vec<Given>, Vec<Given>) = chunk.iter().partition(|record| record.left);
        let cx = &mut Context { ledger: &mut ledger, late: &mut Vec::new() };
        if left.is_empty() || right.is_empty() {
            run(&mut join, batch(chunk), cx, &mut out).unwrap();
            continue;
        }
        let numbered = |records: &[Given]| {
            let mut batch = batch(records);
            batch.origin.offsets = (0..records.len() as i64).collect();
            batch
        };
        let mut counts = [0; 2];
        let turn = |run: &[Given]| {
            let count = &mut counts[usize::from(!run[0].left)];
            *count += run.len() as i64;
            Turn { right: !run[0].left, until: *count - 1 }
        };
        let order = chunk.chunk_by(|a, b| a.left == b.left).map(turn).collect();
        let turns = Turns { left: numbered(&left), right: numbered(&right), order };
        run_turns(&mut join, turns, cx, &mut out).unwrap();
    }
    told(&out, usize::from(is_foreign(steps)))
}

/// Runs records in all ways, and compares what each gives with what the model says.
fn check(steps: &[Step], records: &[Given], expected: &[Told], what: &str) {
    for size in [2, 9, 1000] {
        let found = run_turned(steps, records, size);
        let first = found.iter().zip(expected).position(|(a, b)| a != b);
        assert_eq!((first, found.len()), (None, expected.len()), "{what}, in turns of {size}");
    }
    if is_foreign(steps) || matches!(steps, [Step::Join(join)] if join.form == JoinForm::StreamStream) {
        for (size, cut) in [(1, 2), (7, 3), (1000, 8)] {
            assert_eq!(run_on_disk(steps, records, size, cut), expected, "{what}, on disk, size {size}, cut {cut}");
        }
    }
    for (size, cut) in [(1, None), (1000, None), (1, Some(2)), (7, Some(3)), (1000, Some(8))] {
        let found = run_join(steps, records, size, cut);
        let first = found.iter().zip(expected).position(|(a, b)| a != b);
        if let Some(at) = first {
            panic!("{what}, size {size}, cut {cut:?}: row {at}: {:?}, expected {:?}", found[at], expected[at]);
        }
        assert_eq!(found.len(), expected.len(), "{what}, size {size}, cut {cut:?}");
    }
}

#[test]
fn damaged_state_is_refused() {
    for form in [JoinForm::StreamStream, JoinForm::StreamTable, JoinForm::TableTable, JoinForm::ForeignKey] {
        let within = Within { before: 10, after: 10, grace: 5, retention: 25, eager: false };
        let steps = join(form, JoinKind::Left, Some(within));
        let mut from = operators(&steps).unwrap();
        from.last_mut().unwrap().track();
        let records = given(&mut fastrand::Rng::with_seed(3), 60, false);
        let mut ledger = Ledger::new("q", vec!["left".into(), "right".into()]);
        for record in &records {
            run(
                &mut from,
                batch(&[*record]),
                &mut Context { ledger: &mut ledger, late: &mut Vec::new() },
                &mut Vec::new(),
            )
            .unwrap();
        }
        let mut saved = Saved::new();
        save(&mut from, &mut saved);
        assert!(saved.len() > 3, "{form:?}");
        let mut to = operators(&steps).unwrap();
        let to = to.last_mut().unwrap();
        assert!(to.load(&[], &[]).is_err() && to.load(&[0], &[1]).is_err() && to.load(&[200, 1], &[1]).is_err());
        for (key, value) in &saved {
            assert!(to.load(key, &[]).is_err(), "{form:?} {key:?}");
            let newer: Vec<u8> = std::iter::once(99).chain(value[1..].iter().copied()).collect();
            assert!(to.load(key, &newer).is_err(), "{form:?} {key:?}");
        }
    }
}
