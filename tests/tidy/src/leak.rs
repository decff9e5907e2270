//! Nothing in the tree may name the machine it was written on: no absolute path of a home or work folder, no host but
//! public ones that a reader is meant to visit.

use crate::Offence;

/// Folders of somebody's machine. Pieces, so that this file does not offend.
const MACHINE_FOLDERS: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

/// Hosts that a URL may name.
const PUBLIC_HOSTS: [&str; 24] = [
    // Placeholders in texts and tests.
    "host",
    "h",
    "registry",
    "user",
    "ksql.example",
    "localhost",
    "127.0.0.1",
    "0.0.0.0",
    "example.com",
    "www.apache.org",
    "apache.org",
    "kafka.apache.org",
    "maven.apache.org",
    "datafusion.apache.org",
    "arrow.apache.org",
    "docs.ksqldb.io",
    // Stands in a message of ksqlDB that clients know.
    "cnfl.io",
    // Stands in another one.
    "docs.confluent.io",
    "github.com",
    "earthquake.usgs.gov",
    "rustup.rs",
    "sh.rustup.rs",
    "www.rust-lang.org",
    "www.w3.org",
];

/// Absolute paths of a machine.
pub fn machine_paths(path: &str, text: &str) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (i, line) in text.lines().enumerate() {
        for folder in MACHINE_FOLDERS {
            for (at, _) in line.match_indices(folder) {
                let before = line[..at].chars().next_back();
                // `target/work/` and `$dir/home/` are not absolute.
                if !before.is_some_and(|c| c.is_alphanumeric() || "._-}$*~>".contains(c)) {
                    offences.push(Offence::of_line(path, i + 1, format!("a path of one machine: {folder}…")));
                }
            }
        }
    }
    offences
}

/// URLs whose host is not public and known, and lock file sources other than crates.io.
pub fn hosts(path: &str, text: &str) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (i, line) in text.lines().enumerate() {
        for scheme in ["http://", "https://"] {
            for (at, _) in line.match_indices(scheme) {
                let rest = &line[at + scheme.len()..];
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !".-".contains(c)).unwrap_or(rest.len());
                let host = rest[..end].trim_end_matches('.');
                // Nothing follows where the host is a placeholder: `http://{}`, `http://$HOST`, `http://HOST`.
                let placeholder = host.is_empty() || host.chars().all(|c| c.is_ascii_uppercase());
                if !placeholder && !PUBLIC_HOSTS.contains(&host) {
                    offences.push(Offence::of_line(path, i + 1, format!("a host that no reader knows: {host}")));
                }
            }
        }
    }
    offences
}
