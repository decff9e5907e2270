//! Rights that are taken away: the query stops alone and names the topic, and goes on when it may again.

use super::subject::Grouped;
use super::hold;
use crate::error::Result;
use crate::stage::Stage;

const RULES: &str = "org.apache.kafka.tools.AclCommand";
const EVERYBODY: &str = "User:ANONYMOUS";

/// The server may not write the result any more.
pub(super) fn write_refused(stage: &mut Stage) -> Result<()> {
    let grouped = Grouped::create(stage, "unwritable")?;
    let topic = grouped.sink.clone();
    refused(stage, &grouped, &topic, "Write")
}

/// The server may not read the source any more.
pub(super) fn read_refused(stage: &mut Stage) -> Result<()> {
    let grouped = Grouped::create(stage, "unreadable")?;
    let topic = grouped.source.clone();
    refused(stage, &grouped, &topic, "Read")
}

fn refused(stage: &mut Stage, grouped: &Grouped, topic: &str, operation: &str) -> Result<()> {
    let beside = Grouped::create(stage, &format!("beside_{}", grouped.name))?;
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
    grouped.count(stage, 3)
}
