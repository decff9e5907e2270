//! A query that cannot run says why, waits, and can be stopped while it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use arrow::datatypes::Schema as ArrowSchema;
use millstream_plan::topology::{SinkNode, SourceNode, Stage, SubTopology};
use millstream_types::{Format, FormatSpec, Schema};

use super::{NameRule, Runtime, State};
use crate::guarantee::Guarantee;
use crate::link::{Event, Fetched, InputPartition, Link, LinkError, Outgoing, Output, Record};
use crate::worker::WorkerConfig;

fn config() -> WorkerConfig {
    let source = SourceNode {
        topic: "t".into(),
        key_format: FormatSpec::key(Format::None, 0),
        value_format: FormatSpec::value(Format::Json),
        window: None,
        schema: Schema::default(),
        used: Vec::new(),
        pseudo: Vec::new(),
        timestamp: None,
        rows: Arc::new(ArrowSchema::empty()),
    };
    let sink = SinkNode {
        topic: "u".into(),
        key_format: source.key_format,
        value_format: source.value_format,
        window: None,
        schema: Schema::default(),
        timestamp: None,
        schemas: millstream_schemas::TopicSchemas::default(),
    };
    WorkerConfig {
        on_error: Default::default(),
        registry: millstream_schemas::Registry::none(),
        copies: Default::default(),
        sharing: Default::default(),
        query_id: "q".into(),
        part: SubTopology::whole(&Stage { source, steps: Vec::new(), sink: Some(sink) }).expect("a sink"),
        guarantee: Guarantee::ExactlyOnce,
        epoch: Duration::from_millis(100),
        merges: false,
    }
}

/// Starts a query whose link cannot be opened, waits for a state, and stops it.
fn check(error: LinkError, want: &State, attempts: impl Fn(usize) -> bool) {
    let opened = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&opened);
    let runtime = Runtime::start(
        config(),
        Box::new(move || {
            counted.fetch_add(1, SeqCst);
            Err(error.clone())
        }),
    )
    .expect("a thread");
    for _ in 0..1000 {
        if runtime.status().state == *want && attempts(opened.load(SeqCst)) {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(runtime.status().state, *want);
    assert!(attempts(opened.load(SeqCst)), "{} attempts", opened.load(SeqCst));
    let causes: Vec<String> = runtime.failures().into_iter().map(|f| f.cause).collect();
    match want {
        State::Failed(cause) => assert_eq!(causes, std::slice::from_ref(cause)),
        _ => assert_eq!(causes, [""; 0]),
    }
    runtime.stop(); // returns: the pauses do not hold it up
}

#[test]
fn what_only_a_person_can_mend_fails_with_its_cause_and_waits() {
    check(LinkError::Fatal("topic t is gone".into()), &State::Failed("topic t is gone".into()), |n| n == 1);
}

#[test]
fn what_may_pass_is_tried_again_soon() {
    let busy = || LinkError::Retry("no broker answers".into());
    check(busy(), &State::Starting(Some("no broker answers".into())), |n| n >= 3);
}

/// A link that is put out of its group, with this error, as soon as it is asked for something.
struct PutOut(LinkError);

fn gone() -> LinkError {
    LinkError::Replaced("another has the name".into())
}

impl Link for PutOut {
    fn poll(&mut self, _: Duration) -> Result<Option<Event>, LinkError> {
        // Some time goes by before a member hears of it.
        std::thread::sleep(Duration::from_millis(20));
        Err(self.0.clone())
    }

    fn assign(&mut self, _: &[InputPartition]) -> Result<Vec<(InputPartition, i64)>, LinkError> {
        Err(gone())
    }

    fn unassign(&mut self, _: &[InputPartition]) -> Result<(), LinkError> {
        Err(gone())
    }

    fn fetch(&mut self, _: InputPartition, _: usize, _: &mut dyn FnMut(&[Record<'_>])) -> Result<Fetched, LinkError> {
        Err(gone())
    }

    fn committed(&mut self, _: &[InputPartition]) -> Result<Vec<(InputPartition, i64)>, LinkError> {
        Err(gone())
    }

    fn seek(&mut self, _: &[(InputPartition, i64)]) -> Result<(), LinkError> {
        Err(gone())
    }

    fn restore(&mut self, _: Output, _: i32, _: usize, _: &mut dyn FnMut(&[Record<'_>])) -> Result<Fetched, LinkError> {
        Err(gone())
    }

    fn end_restore(&mut self, _: Output, _: i32) {}

    fn partitions(&self, _: Output) -> i32 {
        1
    }

    fn max_record_bytes(&self, _: Output) -> usize {
        1000
    }

    fn begin(&mut self) -> Result<(), LinkError> {
        Err(gone())
    }

    fn produce(&mut self, _: Output, _: &mut dyn Iterator<Item = Outgoing<'_>>) -> Result<(), LinkError> {
        Err(gone())
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        Err(gone())
    }

    fn commit(&mut self, _: &[(InputPartition, i64)]) -> Result<(), LinkError> {
        Err(gone())
    }

    fn abort(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn recover(&mut self) -> Result<(), LinkError> {
        Err(gone())
    }

    fn leave(&mut self) -> Result<(), LinkError> {
        Ok(())
    }
}

/// How often a query opens a link within some time, and its failures, when its links end with this error.
fn opens(kept_min: Duration, hasty: &'static [Duration], error: LinkError) -> (usize, usize) {
    let opened = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&opened);
    let open = move || {
        counted.fetch_add(1, SeqCst);
        Ok(Box::new(PutOut(error.clone())) as Box<dyn Link>)
    };
    let runtime = Runtime::start_with(config(), Box::new(open), NameRule { kept_min, hasty }).expect("a thread");
    std::thread::sleep(Duration::from_millis(500));
    let failures = runtime.failures().len();
    runtime.stop();
    (opened.load(SeqCst), failures)
}

#[test]
fn a_name_that_was_kept_long_enough_is_taken_back_at_once() {
    let (opened, failures) = opens(Duration::from_millis(1), &[], gone());
    assert!(opened >= 3 && failures == 0, "{opened} links, {failures} failures");
}

#[test]
fn a_name_that_is_taken_again_and_again_is_let_go() {
    assert_eq!(opens(Duration::from_secs(60), &[], gone()), (1, 1));
}

#[test]
fn a_member_that_nobody_replaced_joins_anew_at_once() {
    let (opened, failures) = opens(Duration::from_secs(60), &[], LinkError::Expired("no answer for 6 s".into()));
    assert!(opened >= 3 && failures == 0, "{opened} links, {failures} failures");
}

#[test]
fn a_name_that_was_had_for_a_moment_is_taken_back_a_few_times() {
    const PAUSES: [Duration; 3] = [Duration::from_millis(1), Duration::from_millis(2), Duration::from_millis(3)];
    assert_eq!(opens(Duration::from_secs(60), &PAUSES, gone()), (1 + PAUSES.len(), 1));
}
