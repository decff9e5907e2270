//! Rights that are taken away: the query stops alone and names the topic, and goes on when it may again.

use super::hold;
use super::subject::Grouped;
use crate::error::Result;
use crate::stage::Stage;

const RULES: &str = "org.apache.kafka.tools.AclCommand";
const EVERYBODY: &str = "User:ANONYMOUS";

/// The server may not write the result any more.
pub(super) fn write_refused(stage: &mut Stage) -> Result<()> {
    refused(stage, "Write", |grouped| &grouped.sink)
}

/// The server may not read the source any more.
pub(super) fn read_refused(stage: &mut Stage) -> Result<()> {
    refused(stage, "Read", |grouped| &grouped.source)
}

fn refused(stage: &Stage, operation: &str, of: fn(&Grouped) -> &String) -> Result<()> {
    let mut stage = stage.guarded(&format!("faults-{}", operation.to_lowercase()))?;
    let grouped = Grouped::create(&mut stage, "closed")?;
    let outcome = close_and_open(&mut stage, &grouped, of(&grouped), operation);
    outcome.and(stage.close())
}

fn close_and_open(stage: &mut Stage, grouped: &Grouped, topic: &str, operation: &str) -> Result<()> {
    let beside = Grouped::create(stage, "open")?;
    grouped.count(stage, 1)?;
    beside.count(stage, 1)?;
    // A topic with any rule is closed to everybody who has none.
    let add = |kind: &str, operation: &str| {
        let rule = ["--add", kind, EVERYBODY, "--operation", operation, "--topic", topic];
        stage.broker.tool(RULES, &rule)
    };
    add("--allow-principal", "All")?;
    add("--deny-principal", operation)?;
    grouped.send_one(stage)?;
    let cause = grouped.stopped(stage)?;
    hold(cause.contains(topic), || format!("the cause does not name the topic: {cause}"))?;
    beside.count(stage, 2)?;
    stage.broker.tool(RULES, &["--remove", "--force", "--topic", topic])?;
    stage.server.ksql(&format!("PAUSE {0}; RESUME {0};", grouped.id))?;
    grouped.runs(stage)?;
    // What came while it could not go on may be in the same result as what comes now.
    grouped.reaches(stage, 3)
}
