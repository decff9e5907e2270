//! The embedded broker for whoever has no other: in a process of its own, so that its CPU seconds are not the query's.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use millstream_broker::{Broker, BrokerConfig, raise_file_limit};

use crate::Result;

/// `bench serve`
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Folder of its data.
    #[arg(long)]
    data_dir: PathBuf,
}

/// Runs a broker on a free port, says where, and stops at the end of standard input; its data goes with it.
pub(crate) fn serve(options: &Options) -> Result<()> {
    raise_file_limit();
    let mut config = BrokerConfig::new(&options.data_dir);
    config.port = 0;
    config.auto_create_topics = false;
    let broker = Broker::start(config)?;
    println!("{}", broker.bootstrap());
    std::io::stdout().flush()?;
    // Also when whoever started it has died.
    std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink())?;
    broker.stop();
    Ok(std::fs::remove_dir_all(&options.data_dir)?)
}

/// A running broker and its data. Dropped, both are gone.
#[derive(Debug)]
pub(crate) struct Embedded {
    /// HOST:PORT
    pub(crate) bootstrap: String,
    child: Child,
}

impl Embedded {
    /// Starts one with its data below `build/`.
    pub(crate) fn start() -> Result<Self> {
        let folder = PathBuf::from(format!("build/bench-embedded-{}", std::process::id()));
        let mut command = Command::new(std::env::current_exe()?);
        // Of a group of its own: what interrupts the benchmark at a terminal leaves it the time to remove its data.
        command.process_group(0);
        command.arg("serve").arg("--data-dir").arg(&folder);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut bootstrap = String::new();
        if let Some(out) = child.stdout.as_mut() {
            BufReader::new(out).read_line(&mut bootstrap)?;
        }
        let bootstrap = bootstrap.trim().to_owned();
        let embedded = Self { bootstrap, child };
        if embedded.bootstrap.is_empty() { Err("the embedded broker did not start".into()) } else { Ok(embedded) }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        // It ends when its standard input does.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A broker: one that was there, or one of our own.
#[derive(Debug)]
pub(crate) enum Reached {
    There(String),
    Own(Embedded),
}

impl Reached {
    /// The one at `bootstrap`, else an embedded one.
    pub(crate) fn of(bootstrap: Option<&str>) -> Result<Self> {
        bootstrap.map_or_else(|| Embedded::start().map(Self::Own), |there| Ok(Self::There(there.to_owned())))
    }

    /// HOST:PORT
    pub(crate) fn bootstrap(&self) -> String {
        let (Self::There(bootstrap) | Self::Own(Embedded { bootstrap, .. })) = self;
        bootstrap.clone()
    }
}
