//! Mermaid: streams with straight sides, tables as cylinders, what comes from outside with slanted ones.

use std::fmt::Write as _;

use super::Graph;

pub(super) fn draw(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    for (i, node) in graph.nodes.iter().enumerate() {
        let (name, topic) = (escape(&node.name.to_lowercase()), escape(&node.topic));
        let text = format!("{name}<br/><small>{} over {topic}</small>", node.kind());
        let (open, close) = match (node.table, node.outside) {
            (true, _) => ("[(", ")]"),
            (false, true) => ("[/", "/]"),
            (false, false) => ("[", "]"),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "    n{i}{open}\"{text}\"{close}");
    }
    for edge in &graph.edges {
        let arrow =
            edge.label.as_ref().map_or_else(|| "-->".to_owned(), |label| format!("-- \"{}\" -->", escape(label)));
        let _ = writeln!(out, "    n{} {arrow} n{}", edge.from, edge.to);
    }
    out
}

/// Labels are HTML, and their quotes end them.
fn escape(text: &str) -> String {
    text.replace('<', "&lt;").replace('>', "&gt;").replace('"', "#quot;")
}
