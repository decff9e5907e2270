//! `millstream fmt`, `validate`, `graph`, `plan`, `apply` and `run`: their options.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use millstream_cli::Connection;
use millstream_pipeline::Server;
use millstream_pipeline::command::{ApplyOptions, Fmt, GraphFormat, Pipeline, PlanOptions};

use super::{ConnectionArgs, ServerArgs, key_value};

/// Which pipeline.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct PipelineArgs {
    /// A folder of .sql files (tests/, migrations/ and data/ left out), or files.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// A variable for ${NAME} in statements. Repeatable.
    #[arg(short, long = "define", value_name = "NAME=VALUE", value_parser = key_value)]
    defines: Vec<(String, String)>,
}

impl From<PipelineArgs> for Pipeline {
    fn from(args: PipelineArgs) -> Self {
        Self { paths: args.paths, variables: args.defines }
    }
}

/// Which server, and who asks.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct RemoteArgs {
    /// The server, http://HOST:PORT or https://HOST:PORT.
    #[arg(short, long, value_name = "URL", env = "MILLSTREAM_URL", hide_env_values = true)]
    server: Option<String>,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// A server that was not named.
const LOCAL: &str = "http://localhost:8088";

impl RemoteArgs {
    /// The server. Errors: the URL is none, or it cannot be connected so.
    pub(crate) fn server(&self) -> Result<Server, String> {
        self.at(self.server.as_deref().unwrap_or(LOCAL))
    }

    /// The server of this URL, unless another is named. Errors: as [`RemoteArgs::server`].
    pub(crate) fn server_or(&self, url: &str) -> Result<Server, String> {
        self.at(self.server.as_deref().unwrap_or(url))
    }

    fn at(&self, url: &str) -> Result<Server, String> {
        let mut err = std::io::stderr();
        let (server, properties) = Connection::from(self.connection.clone()).server(url, &mut err)?;
        if !properties.is_empty() {
            let names: Vec<&str> = properties.keys().map(String::as_str).collect();
            return Err(format!(
                "properties of statements stand in the pipeline's own files, as SET '…' = '…': {}",
                names.join(", ")
            ));
        }
        Ok(server)
    }
}

/// Options of `millstream fmt`.
#[derive(Debug, ClapArgs)]
pub(crate) struct FmtArgs {
    /// Files, and folders with all their .sql files; "-" for standard input.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Change nothing; fail when a file is not formatted.
    #[arg(long)]
    check: bool,
}

impl FmtArgs {
    /// Whether it is standard input that is laid out.
    pub(crate) fn is_standard_input(&self) -> bool {
        self.paths.len() == 1 && self.paths.iter().all(|path| path.as_os_str() == "-")
    }

    /// Whether nothing is changed.
    pub(crate) fn is_check(&self) -> bool {
        self.check
    }
}

impl From<FmtArgs> for Fmt {
    fn from(args: FmtArgs) -> Self {
        Self { paths: args.paths, check: args.check }
    }
}

/// Options of `millstream validate`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Print what was found as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Fail on warnings, too.
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Options of `millstream graph`.
#[derive(Debug, ClapArgs)]
pub(crate) struct GraphArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// The language of the picture.
    #[arg(short, long, value_enum, ignore_case = true, default_value = "mermaid")]
    format: GraphFormatArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum GraphFormatArg {
    /// For Markdown.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// A picture for browsers.
    Svg,
}

impl GraphArgs {
    /// The language of the picture.
    pub(crate) fn format(&self) -> GraphFormat {
        match self.format {
            GraphFormatArg::Mermaid => GraphFormat::Mermaid,
            GraphFormatArg::Dot => GraphFormat::Dot,
            GraphFormatArg::Svg => GraphFormat::Svg,
        }
    }
}

/// What may be dropped.
#[derive(Debug, Clone, Copy, ClapArgs)]
struct DropArgs {
    /// Drop what is on the server and not in the files.
    #[arg(long)]
    delete: bool,
    /// Delete the topics of sinks that are dropped or replaced, with all records.
    #[arg(long)]
    delete_topics: bool,
}

/// Options of `millstream plan`.
#[derive(Debug, ClapArgs)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
    #[command(flatten)]
    drops: DropArgs,
    /// Save the plan, for "millstream apply FILE".
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print the plan as JSON.
    #[arg(long)]
    json: bool,
    /// Exit with 2 when there is something to do.
    #[arg(long)]
    exit_code: bool,
}

impl PlanArgs {
    /// How the plan is made and shown.
    pub(crate) fn options(&self) -> PlanOptions {
        let DropArgs { delete, delete_topics } = self.drops;
        PlanOptions { delete, delete_topics, json: self.json, exit_code: self.exit_code }
    }
}

/// Options of `millstream apply`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ApplyArgs {
    /// A folder of .sql files, files, or a plan that was saved (.json).
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
    #[command(flatten)]
    drops: DropArgs,
    /// Do what loses the state or the place of queries.
    #[arg(long)]
    allow_state_loss: bool,
    /// Ask nobody. Where no person is at the terminal nobody is asked anyway.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

impl ApplyArgs {
    /// What may be done.
    pub(crate) fn options(&self) -> ApplyOptions {
        let DropArgs { delete, delete_topics } = self.drops;
        ApplyOptions { delete, delete_topics, allow_state_loss: self.allow_state_loss }
    }

    /// The plan that is to be done, if it is a saved one.
    pub(crate) fn saved(&self) -> Option<&PathBuf> {
        match self.pipeline.paths.as_slice() {
            [path] if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")) => Some(path),
            _ => None,
        }
    }
}

/// Options of `millstream run`.
#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
