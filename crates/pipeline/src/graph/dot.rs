//! For Graphviz: the same shapes as Mermaid has, and what `--@doc` says as a tooltip.

use std::fmt::Write as _;

use super::Graph;

pub(super) fn draw(graph: &Graph) -> String {
    let mut out = String::from("digraph pipeline {\n    rankdir=LR;\n    node [fontname=\"sans-serif\"];\n");
    for (i, node) in graph.nodes.iter().enumerate() {
        let shape = match (node.table, node.outside) {
            (true, _) => "cylinder",
            (false, true) => "parallelogram",
            (false, false) => "box",
        };
        let label = format!("{}\\n{} over {}", escape(&node.name.to_lowercase()), node.kind(), escape(&node.topic));
        let tooltip = node.doc.as_deref().map(|doc| format!(", tooltip=\"{}\"", escape(doc))).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "    n{i} [label=\"{label}\", shape={shape}{tooltip}];");
    }
    for edge in &graph.edges {
        let label = edge.label.as_deref().map(|label| format!(" [label=\"{}\"]", escape(label))).unwrap_or_default();
        let _ = writeln!(out, "    n{} -> n{}{label};", edge.from, edge.to);
    }
    out.push_str("}\n");
    out
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
