//! Rules of the manifests: dependencies point downward only, come from crates.io, and each has its line in the docs.

use crate::Offence;

/// One crate of the workspace and the others that its code may use. Whatever is not listed is forbidden.
pub struct Edges {
    /// Folder below the root.
    pub folder: &'static str,
    /// Own crates it may use.
    pub own: &'static [&'static str],
    /// Prefixes of foreign crates that it must not use.
    pub never: &'static [&'static str],
}

/// Only `kafka` knows the client library, only `server` the web framework; what is read first stays small.
const CLIENT: &str = "rdkafka";
const WEB: &str = "axum";
const PLANNER: &str = "datafusion";

/// Which crate may use which, from the bottom up (docs/architecture.md).
pub const EDGES: &[Edges] = &[
    Edges { folder: "crates/types", own: &[], never: &[CLIENT, WEB, PLANNER] },
    Edges { folder: "crates/sql", own: &["types"], never: &[CLIENT, WEB, PLANNER] },
    Edges { folder: "crates/functions", own: &["types"], never: &[CLIENT, WEB, PLANNER] },
    Edges { folder: "crates/schemas", own: &["types"], never: &[CLIENT, WEB, PLANNER] },
    Edges { folder: "crates/features", own: &[], never: &[CLIENT, WEB, PLANNER] },
    Edges { folder: "crates/plan", own: &["sql", "types", "functions", "schemas", "features"], never: &[CLIENT, WEB] },
    Edges { folder: "crates/pull", own: &["sql", "types", "functions", "plan"], never: &[CLIENT, WEB] },
    Edges { folder: "crates/codec", own: &["types", "schemas", "features"], never: &[CLIENT, WEB, PLANNER] },
    Edges { folder: "crates/state", own: &[], never: &[CLIENT, WEB, PLANNER, "arrow", "sqlparser"] },
    Edges {
        folder: "crates/engine",
        own: &["plan", "codec", "functions", "schemas", "state", "types"],
        never: &[CLIENT, WEB],
    },
    Edges {
        folder: "crates/sqltest",
        own: &["sql", "types", "plan", "codec", "schemas", "engine"],
        never: &[CLIENT, WEB, PLANNER],
    },
    Edges { folder: "crates/kafka", own: &["engine", "types"], never: &[WEB, PLANNER] },
    Edges { folder: "crates/tools", own: &["kafka", "engine"], never: &[CLIENT, WEB, PLANNER] },
    Edges {
        folder: "crates/server",
        own: &["sql", "types", "functions", "schemas", "plan", "pull", "codec", "state", "engine", "kafka"],
        never: &[CLIENT],
    },
    Edges { folder: "crates/broker", own: &[], never: &[CLIENT, WEB, PLANNER] },
    Edges { folder: "crates/client", own: &["types"], never: &[CLIENT, WEB, PLANNER, "arrow", "sqlparser"] },
    Edges { folder: "crates/pipeline", own: &["sql", "types", "plan", "client"], never: &[CLIENT, WEB, PLANNER] },
    Edges { folder: "crates/cli", own: &["sql", "types", "client"], never: &[CLIENT, WEB, PLANNER] },
    Edges {
        folder: "crates/millstream",
        own: &["broker", "cli", "pipeline", "server", "sqltest", "tools", "kafka", "engine"],
        never: &[CLIENT, WEB, PLANNER],
    },
    Edges {
        folder: "crates/bench",
        own: &["sql", "types", "plan", "codec", "engine", "kafka", "schemas", "broker"],
        never: &[WEB],
    },
];

/// A dependency as a manifest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The key in the manifest.
    pub name: String,
    /// Line, from 1.
    pub line: usize,
    /// Whether only tests get it.
    pub dev: bool,
    /// What follows the `=`, empty for a `[dependencies.name]` section.
    pub spec: String,
}

/// The dependencies of a crate's manifest, whichever of the three sections they stand in.
pub fn dependencies(text: &str) -> Vec<Dependency> {
    entries(text, |section| section.ends_with("dependencies") && section != "workspace.dependencies")
}

/// The entries of `[workspace.dependencies]`.
pub fn workspace_dependencies(text: &str) -> Vec<Dependency> {
    entries(text, |section| section == "workspace.dependencies")
}

fn entries(text: &str, wanted: impl Fn(&str) -> bool) -> Vec<Dependency> {
    let mut found = Vec::new();
    let mut section = String::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']').trim().to_owned();
            // `[dependencies.name]`: a whole section for one.
            if let Some((table, name)) = section.rsplit_once('.')
                && wanted(table)
            {
                let dev = table.ends_with("dev-dependencies");
                found.push(Dependency {
                    name: name.trim_matches('"').to_owned(),
                    line: i + 1,
                    dev,
                    spec: String::new(),
                });
            }
        } else if wanted(&section)
            && !line.starts_with('#')
            && let Some((key, spec)) = line.split_once('=')
        {
            let name = key.trim().split('.').next().unwrap_or_default().trim_matches('"').to_owned();
            let dev = section.ends_with("dev-dependencies");
            found.push(Dependency { name, line: i + 1, dev, spec: spec.trim().to_owned() });
        }
    }
    found
}

/// Dependencies of a crate that its line in `edges` does not allow. A crate of `crates/` must have a line; test crates
/// stand above everything and may use what they like, and so may tests inside a crate as long as it stays foreign code.
pub fn directions(path: &str, text: &str, edges: &[Edges]) -> Vec<Offence> {
    let Some(folder) = path.strip_suffix("/Cargo.toml") else { return Vec::new() };
    if !folder.starts_with("crates/") {
        return Vec::new();
    }
    let Some(allowed) = edges.iter().find(|e| e.folder == folder) else {
        return vec![Offence::of_file(path, "a crate without a line in tests/tidy/src/manifest.rs: what may it use?")];
    };
    let forbidden = |dependency: &Dependency| match dependency.name.strip_prefix("millstream-") {
        Some(own) => !allowed.own.contains(&own),
        None => !dependency.dev && allowed.never.iter().any(|never| dependency.name.starts_with(never)),
    };
    let offending = dependencies(text).into_iter().filter(forbidden);
    offending.map(|d| Offence::of_line(path, d.line, format!("{folder} must not use {}", d.name))).collect()
}

/// Dependencies that do not come from crates.io by version, or that a crate names a version of on its own.
pub fn origins(path: &str, text: &str) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let header = line.trim();
        if header.starts_with("[patch") || header.starts_with("[replace") {
            offences.push(Offence::of_line(path, i + 1, "no patched dependencies: own the code instead of forking it"));
        }
        let code = line.split('#').next().unwrap_or_default();
        if ["git = ", "git=", "branch = ", "registry = "].iter().any(|key| code.contains(key)) {
            offences.push(Offence::of_line(path, i + 1, "dependencies come from crates.io by version"));
        }
    }
    let workspace = "workspace = true";
    for dependency in dependencies(text) {
        if !dependency.spec.contains(workspace) && !dependency.spec.starts_with("true") {
            offences.push(Offence::of_line(
                path,
                dependency.line,
                format!("{}: name versions in [workspace.dependencies]", dependency.name),
            ));
        }
    }
    offences
}

/// Sources of a lock file other than crates.io.
pub fn locked_origins(path: &str, text: &str) -> Vec<Offence> {
    let public = "\"registry+https://github.com/rust-lang/crates.io-index\"";
    let sources = text.lines().enumerate().filter_map(|(i, line)| Some((i + 1, line.strip_prefix("source = ")?)));
    let foreign = sources.filter(|(_, source)| *source != public);
    foreign.map(|(line, source)| Offence::of_line(path, line, format!("not from crates.io: {source}"))).collect()
}

/// Foreign entries of `[workspace.dependencies]` without a table row `| name |` in the page, and rows without an entry.
pub fn documented(manifest: &str, page: &str) -> Vec<Offence> {
    let names = workspace_dependencies(manifest).into_iter().filter(|d| !d.spec.contains("path ="));
    let names = names.map(|d| (d.name, d.line)).collect::<Vec<_>>();
    let rows = page.lines().enumerate().filter_map(|(i, line)| {
        let name = line.strip_prefix("| `")?.split('`').next()?;
        Some((name, i + 1))
    });
    let rows = rows.collect::<Vec<_>>();
    let missing = names.iter().filter(|(name, _)| !rows.iter().any(|(row, _)| row == name));
    let stale = rows.iter().filter(|(row, _)| !names.iter().any(|(name, _)| name == row));
    missing
        .map(|(name, line)| Offence::of_line("Cargo.toml", *line, format!("{name} has no row in docs/dependencies.md")))
        .chain(
            stale.map(|(row, line)| Offence::of_line("docs/dependencies.md", *line, format!("{row} is no dependency"))),
        )
        .collect()
}

/// Entries of `[workspace.dependencies]` that no crate uses.
pub fn unused<'a>(manifest: &str, crates: impl Iterator<Item = &'a str>) -> Vec<Offence> {
    let used = crates.flat_map(dependencies).map(|d| d.name).collect::<std::collections::BTreeSet<_>>();
    let unused = workspace_dependencies(manifest).into_iter().filter(|d| !used.contains(&d.name));
    unused.map(|d| Offence::of_line("Cargo.toml", d.line, format!("no crate uses {}", d.name))).collect()
}
