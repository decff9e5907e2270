//! Foreign-key joins in three parts: over one partition they tell exactly what the join in one piece tells; over several, whose
//! tasks take what is there for them in any order, each row is in the end what it must be, what a result was is what was told
//! before, and nothing is kept of rows that are gone.

use std::collections::{BTreeMap, VecDeque};

use millstream_plan::topology::{SinkNode, Stage, SubTopology, cut};
use millstream_schemas::TopicSchemas;
use millstream_state::Image;

use super::tables::{Table, change, foreign, joined};
use super::*;

/// Tasks of each part.
const TASKS: usize = 3;

/// The parts of a join.
fn parts(kind: JoinKind) -> Vec<SubTopology> {
    let steps = join(JoinForm::ForeignKey, kind, None);
    let Some(Step::Join(node)) = steps.last() else { panic!("{steps:?}") };
    let source = node.right.source.clone();
    let sink = SinkNode {
        topic: "out".into(),
        key_format: source.key_format,
        value_format: source.value_format,
        window: None,
        schema: source.schema.clone(),
        timestamp: None,
        schemas: TopicSchemas::default(),
    };
    let parts = cut(&[Stage { source, steps, sink: Some(sink) }]);
    assert_eq!(parts.len(), 3);
    parts
}

/// A task of a part.
struct Task {
    steps: Vec<Step>,
    operators: Vec<Box<dyn Operator>>,
    saved: Saved,
    /// Where all is that the last operator keeps, if that is on disk, and how many epochs there were.
    image: Option<Image>,
    epochs: usize,
}

impl Task {
    fn new(part: &SubTopology) -> Self {
        let mut operators = operators(&part.steps).unwrap();
        operators.iter_mut().for_each(|operator| operator.track());
        Self { steps: part.steps.clone(), operators, saved: Saved::new(), image: None, epochs: 0 }
    }

    /// The same on disk.
    fn on_disk(part: &SubTopology, image: Image) -> Self {
        let mut task = Self::new(part);
        lean(task.operators.last_mut().unwrap().as_mut(), &image);
        Self { image: Some(image), ..task }
    }

    /// Ends an epoch; every other time an operator goes on that has nothing in memory.
    fn end_epoch(&mut self, image: &Image) {
        let last = self.operators.last_mut().unwrap();
        let changes = changes(last.as_mut());
        commit(last.as_ref(), &changes, image);
        for (key, value) in changes {
            match value {
                Some(value) => drop(self.saved.insert(key, value)),
                None => drop(self.saved.remove(&key)),
            }
        }
        let saved = self.saved.iter().map(|(key, value)| (key.clone(), Some(value.clone())));
        assert_eq!(left(last.as_ref(), image), saved.collect::<Vec<_>>());
        self.epochs += 1;
        if self.epochs.is_multiple_of(2) {
            self.operators = operators(&self.steps).unwrap();
            lean(self.operators.last_mut().unwrap().as_mut(), image);
        }
    }

    /// Goes on from what was saved.
    fn start_anew(&mut self) {
        if let Some(image) = self.image.clone() {
            return self.end_epoch(&image);
        }
        save(&mut self.operators, &mut self.saved);
        self.operators = operators(&self.steps).unwrap();
        let last = self.operators.last_mut().unwrap();
        self.saved.iter().for_each(|(key, value)| last.load(key, value).unwrap());
        last.track();
    }

    fn take(&mut self, batch: Batch) -> Vec<Batch> {
        let (mut out, mut ledger) = (Vec::new(), Ledger::new("q", vec!["left".into(), "right".into()]));
        run(&mut self.operators, batch, &mut Context { ledger: &mut ledger, late: &mut Vec::new() }, &mut out).unwrap();
        out
    }

    fn held(&self) -> usize {
        self.operators.iter().map(|operator| operator.held()).sum()
    }
}

fn at(batch: Batch, input: u16, partition: i32) -> Batch {
    let origin = Origin { partition: InputPartition { input, partition }, ..batch.origin };
    Batch { origin, ..batch }
}

#[test]
fn over_one_partition_nothing_is_told_in_another_way() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::open(folder.path(), 1 << 20).unwrap();
    for seed in 0..12 {
        let records = given(&mut fastrand::Rng::with_seed(seed), 300, true);
        for kind in [JoinKind::Inner, JoinKind::Left] {
            for (size, restarts, on_disk) in [
                (1, false, false),
                (1, true, false),
                (7, true, false),
                (1000, false, false),
                (1, true, true),
                (7, true, true),
            ] {
                let task = |(number, part): (usize, &SubTopology)| {
                    let image = || disk.image(&format!("{seed}-{kind:?}-{size}-{number}")).unwrap();
                    if on_disk { Task::on_disk(part, image()) } else { Task::new(part) }
                };
                let mut tasks: Vec<Task> = parts(kind).iter().enumerate().map(task).collect();
                let mut told_so_far = Vec::new();
                for run_of_side in records.chunk_by(|a, b| a.left == b.left) {
                    for chunk in run_of_side.chunks(size) {
                        let sides = vec![batch(chunk)];
                        let mut batches = sides;
                        for (number, task) in tasks.iter_mut().enumerate().skip(usize::from(!chunk[0].left)) {
                            let input = u16::from(number == 1 && !chunk[0].left);
                            batches = batches.into_iter().flat_map(|batch| task.take(at(batch, input, 0))).collect();
                            if restarts {
                                task.start_anew();
                            }
                        }
                        told_so_far.extend(told(&batches, 1));
                    }
                }
                let expected = foreign(kind, &records);
                let first = told_so_far.iter().zip(&expected).position(|(a, b)| a != b);
                if let Some(at) = first {
                    let (is, must) = (&told_so_far[at], &expected[at]);
                    panic!("seed {seed}, {kind:?}, size {size}: row {at}: {is:?}, expected {must:?}");
                }
                assert_eq!(told_so_far.len(), expected.len(), "seed {seed}, {kind:?}, size {size}");
            }
        }
    }
}

/// Rows that wait for the task of a part: by input.
type Waiting = BTreeMap<(usize, usize, u16), VecDeque<Batch>>;

/// Puts each row of a batch where the number in that column says, or, if there is none, where it comes from.
fn send(waiting: &mut Waiting, part: usize, input: u16, batch: &Batch, column: usize) {
    let numbers = batch.rows.column(column).as_primitive::<Int32Type>();
    for row in 0..batch.len() {
        let own = batch.origin.partition.partition as usize;
        let to = if numbers.is_valid(row) { numbers.value(row) as usize % TASKS } else { own };
        let one = at(batch.slice(row, 1), input, to as i32);
        waiting.entry((part, to, input)).or_default().push_back(one);
    }
}

#[test]
fn over_several_partitions_each_row_is_in_the_end_what_it_must_be() {
    for seed in 0..60 {
        let random = &mut fastrand::Rng::with_seed(seed);
        let records = given(random, 200, true);
        for kind in [JoinKind::Inner, JoinKind::Left] {
            let what = format!("seed {seed}, {kind:?}");
            let parts = parts(kind);
            let mut tasks: Vec<Vec<Task>> =
                parts.iter().map(|part| (0..TASKS).map(|_| Task::new(part)).collect()).collect();
            let mut waiting = Waiting::new();
            for record in &records {
                let (part, input) = if record.left { (0, 0) } else { (1, 1) };
                send(&mut waiting, part, input, &batch(&[*record]), 0);
            }
            let mut out: BTreeMap<i32, Told> = BTreeMap::new();
            loop {
                let ready: Vec<_> = waiting.iter().filter(|(_, rows)| !rows.is_empty()).map(|(at, _)| *at).collect();
                let Some(&(part, task, input)) = random.choice(&ready) else { break };
                let row = waiting.get_mut(&(part, task, input)).unwrap().pop_front().unwrap();
                let batches = tasks[part][task].take(row);
                if random.u8(0..4) == 0 {
                    tasks[part][task].start_anew();
                }
                match part {
                    0 => batches.iter().for_each(|batch| send(&mut waiting, 1, 0, batch, 2)),
                    1 => batches.iter().for_each(|batch| send(&mut waiting, 2, 0, batch, 1)),
                    _ => {
                        for told in told(&batches, 1) {
                            let before = out.get(&told.key.unwrap()).filter(|before| !before.deleted);
                            let before = before.map(|before| (before.left, before.right));
                            assert_eq!(told.before, before, "{what}");
                            out.insert(told.key.unwrap(), told);
                        }
                    }
                }
            }
            let (mut left, mut right) = (Table::new(), Table::new());
            for Given { left: is_left, k, v, time } in records.iter().copied() {
                k.and_then(|k| change(if is_left { &mut left } else { &mut right }, k, v, time));
            }
            let rows: BTreeMap<i32, _> = left
                .iter()
                .filter_map(|(k, (row, _))| {
                    let found = row.1.and_then(|key| right.get(&key)).map(|(row, _)| *row);
                    Some((*k, joined(kind, Some(*row), found)?))
                })
                .collect();
            let told: BTreeMap<i32, _> = out
                .into_iter()
                .filter(|(_, told)| !told.deleted)
                .map(|(k, told)| (k, (told.left, told.right)))
                .collect();
            assert_eq!(told, rows, "{what}");
            let held = |part: usize| tasks[part].iter().map(Task::held).sum::<usize>();
            let there = left.values().filter(|((_, v), _)| v.is_some() || kind.keeps_left()).count();
            let pointing = left.values().filter(|((_, v), _)| v.is_some()).count();
            assert_eq!((held(0), held(1)), (there, pointing + right.len()), "{what}");
            assert!(held(2) <= there, "{what}: {} rows are known of {there}", held(2));
        }
    }
}
