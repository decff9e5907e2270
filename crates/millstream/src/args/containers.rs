//! `Dockerfile` and `docker-compose.yml`, read as far as they go: nobody's Docker runs here, so that what can be wrong
//! without one is looked for here: instructions, files, stages, services, and every command line of ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;

use super::{Args, spelt_out};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// An instruction of a Dockerfile, with what follows it.
fn instructions(text: &str) -> Vec<(String, String)> {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
            (name.to_owned(), rest.trim().to_owned())
        })
        .collect()
}

/// A list in brackets: JSON, which is YAML too.
fn list(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{text} is no list of texts: {e}"))
}

fn check_command(words: &[String]) {
    let line = std::iter::once("millstream".to_owned()).chain(words.iter().cloned());
    let parsed = Args::try_parse_from(spelt_out(line.map(Into::into)));
    assert!(parsed.is_ok(), "{words:?}: {}", parsed.unwrap_err());
}

#[test]
fn the_dockerfile_builds_what_is_here() {
    const KNOWN: [&str; 11] =
        ["FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD", "ENV"];
    let found = instructions(&fs::read_to_string(root().join("Dockerfile")).unwrap());
    assert_eq!(found[0].0, "FROM", "every stage begins with one");
    let mut stages = Vec::new();
    let (mut entry, mut command) = (Vec::new(), Vec::new());
    for (name, rest) in &found {
        assert!(KNOWN.contains(&name.as_str()), "{name} {rest}");
        assert!(!rest.is_empty(), "{name} needs something");
        match name.as_str() {
            "FROM" => {
                assert!(!rest.contains(":latest") && rest.contains(':'), "{rest}: name the version");
                stages.extend(rest.split_once(" AS ").map(|(_, stage)| stage.to_owned()));
            }
            "COPY" => {
                let mut words: Vec<&str> = rest.split(' ').collect();
                assert!(words.len() > 1, "COPY {rest}");
                let from = words[0].strip_prefix("--from=");
                if let Some(stage) = from {
                    assert!(stages.iter().any(|known| known == stage), "no stage {stage}");
                    continue;
                }
                words.pop();
                words.iter().for_each(|path| assert!(root().join(path).exists(), "COPY {path}: there is none"));
            }
            "ENTRYPOINT" => entry = list(rest),
            "CMD" => command = list(rest),
            "HEALTHCHECK" => {
                let words = list(rest.split_once("CMD ").unwrap().1);
                assert_eq!(words[0], "millstream");
                check_command(&words[1..]);
            }
            _ => {}
        }
    }
    assert_eq!(entry, ["millstream"]);
    check_command(&command);
    let ends_as_root = found.iter().rposition(|(n, _)| n == "USER") < found.iter().rposition(|(n, _)| n == "FROM");
    assert!(!ends_as_root, "the last stage must not run as root");
}

#[test]
fn under_the_name_of_ksql_the_binary_is_its_shell() {
    let line = ["/usr/local/bin/ksql", "http://h:1", "-e", "SHOW STREAMS;"].map(Into::into).into_iter();
    assert!(matches!(Args::try_parse_from(spelt_out(line)).unwrap().command, super::Command::Sql(_)));
}

/// What the file of compose uses of YAML: maps by indentation, lists of texts, texts.
#[derive(Debug, PartialEq)]
enum Node {
    Map(BTreeMap<String, Node>),
    List(Vec<String>),
    Text(String),
}

impl Node {
    fn get(&self, path: &str) -> Option<&Node> {
        path.split('/').try_fold(self, |node, key| match node {
            Node::Map(map) => map.get(key),
            _ => None,
        })
    }

    fn map(&self) -> &BTreeMap<String, Node> {
        if let Node::Map(map) = self { map } else { panic!("{self:?} is no map") }
    }

    fn texts(&self) -> Vec<String> {
        match self {
            Node::List(list) => list.clone(),
            Node::Text(text) => vec![text.clone()],
            Node::Map(_) => panic!("{self:?} is no list"),
        }
    }
}

/// Lines with their indentation; what is at fault is said with the line.
fn yaml(text: &str) -> Node {
    let lines: Vec<(usize, &str)> = text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .map(|line| {
            assert!(!line.contains('\t'), "a tab: {line}");
            (line.len() - line.trim_start().len(), line.trim())
        })
        .collect();
    let mut at = 0;
    let node = block(&lines, &mut at, 0);
    assert_eq!(at, lines.len(), "what is indented so? {:?}", lines.get(at));
    node
}

fn block(lines: &[(usize, &str)], at: &mut usize, indent: usize) -> Node {
    if lines.get(*at).is_some_and(|(_, line)| line.starts_with("- ")) {
        let mut list = Vec::new();
        while let Some((_, line)) = lines.get(*at).filter(|(i, line)| *i == indent && line.starts_with("- ")) {
            list.push(scalar(line[2..].trim()));
            *at += 1;
        }
        return Node::List(list);
    }
    let mut map = BTreeMap::new();
    while let Some((_, line)) = lines.get(*at).filter(|(i, _)| *i == indent) {
        let (key, value) = line.split_once(':').unwrap_or_else(|| panic!("neither key nor list: {line}"));
        *at += 1;
        let deeper = lines.get(*at).filter(|(i, _)| *i > indent).map(|(i, _)| *i);
        let node = match (value.trim(), deeper) {
            ("", Some(deeper)) => block(lines, at, deeper),
            ("", None) => Node::Text(String::new()),
            (value, _) if value.starts_with('[') => Node::List(list(value)),
            (value, _) => Node::Text(scalar(value)),
        };
        assert!(map.insert(key.to_owned(), node).is_none(), "{key} is there twice");
    }
    Node::Map(map)
}

fn scalar(text: &str) -> String {
    match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').unwrap_or_else(|| panic!("{text} does not end")).to_owned(),
        None => {
            // What YAML would take for more than a text.
            assert!(
                !text.contains(": ") && !text.contains(" #") && !text.starts_with(['&', '*', '{', '!', '|', '>', '@']),
                "{text}"
            );
            text.to_owned()
        }
    }
}

#[test]
fn the_file_of_compose_is_sound() {
    const KNOWN: [&str; 11] = [
        "image",
        "hostname",
        "ports",
        "environment",
        "volumes",
        "healthcheck",
        "build",
        "depends_on",
        "command",
        "profiles",
        "restart",
    ];
    let compose = yaml(&fs::read_to_string(root().join("docker-compose.yml")).unwrap());
    let services = compose.get("services").unwrap().map();
    let volumes = compose.get("volumes").unwrap().map();
    let mut ports = Vec::new();
    for (name, service) in services {
        for key in service.map().keys() {
            assert!(KNOWN.contains(&key.as_str()), "{name}: {key}");
        }
        assert!(service.get("image").is_some(), "{name} has no image");
        if let Some(build) = service.get("build") {
            assert!(root().join(&build.texts()[0]).join("Dockerfile").exists());
        }
        for (needed, how) in service.get("depends_on").map(Node::map).into_iter().flatten() {
            let needed = services.get(needed).unwrap_or_else(|| panic!("{name} needs {needed}, which is none"));
            let healthy = how.get("condition") == Some(&Node::Text("service_healthy".into()));
            assert!(healthy && needed.get("healthcheck/test").is_some(), "{name} waits for health that nobody checks");
        }
        for port in service.get("ports").map(Node::texts).unwrap_or_default() {
            let (outside, inside) = port.split_once(':').unwrap();
            assert!(outside.parse::<u16>().is_ok() && inside.parse::<u16>().is_ok(), "{name}: {port}");
            assert!(!ports.contains(&outside.to_owned()), "{outside} is taken");
            ports.push(outside.to_owned());
        }
        for volume in service.get("volumes").map(Node::texts).unwrap_or_default() {
            assert!(volumes.contains_key(volume.split(':').next().unwrap()), "{name}: volume {volume}");
        }
        if service.get("image") == Some(&Node::Text("millstream".into())) {
            check_command(&service.get("command").unwrap().texts());
        }
    }
    // The broker's names are those that our commands use.
    let advertised = &services["kafka"].get("environment/KAFKA_ADVERTISED_LISTENERS").unwrap().texts()[0];
    for service in ["millstream", "datagen"] {
        let words = services[service].get("command").unwrap().texts();
        let at = words.iter().position(|word| word == "--bootstrap-servers").unwrap();
        assert!(advertised.contains(&format!("://{}", words[at + 1])), "{service}: {advertised}");
    }
}

#[test]
fn the_reader_of_yaml_reads_and_refuses() {
    let node = yaml("a:\n  b: x\n  c:\n    - \"1:2\"\n    - y\n# no\nd: [\"e\", \"f\"]\ng:\n");
    assert_eq!(node.get("a/b"), Some(&Node::Text("x".into())));
    assert_eq!(node.get("a/c").unwrap().texts(), ["1:2", "y"]);
    assert_eq!(node.get("d").unwrap().texts(), ["e", "f"]);
    assert_eq!(node.get("g"), Some(&Node::Text(String::new())));
    for wrong in ["a: x\na: y\n", "a: x\n   b: y\n", "a: \"x\n", "a:\n\tb: x\n", "a: [x\n", "a: b: c\n"] {
        assert!(std::panic::catch_unwind(|| yaml(wrong)).is_err(), "{wrong}");
    }
}
