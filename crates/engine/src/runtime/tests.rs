//! A query that cannot run says why, waits, and can be stopped while it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use arrow::datatypes::Schema as ArrowSchema;
use millstream_plan::topology::{SinkNode, SourceNode, Stage, SubTopology};
use millstream_types::{Format, FormatSpec, Schema};

use super::{Runtime, State};
use crate::guarantee::Guarantee;
use crate::link::LinkError;
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
