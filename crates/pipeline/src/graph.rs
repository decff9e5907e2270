//! A pipeline as a picture: topics' sources as boxes, queries as arrows between them.

mod dot;
mod layout;
mod mermaid;
mod svg;

use millstream_sql::ast::SourceKind;

use crate::check::Described;

/// In which language it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphFormat {
    /// For Markdown: GitHub and GitLab draw it.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// A picture.
    Svg,
}

/// A stream or table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    name: String,
    /// `stream` or `table`, its topic, and whether it is fed from outside.
    table: bool,
    topic: String,
    /// No query of the pipeline made it.
    outside: bool,
    /// What `--@doc` says.
    doc: Option<String>,
}

/// A query that reads one and feeds another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edge {
    from: usize,
    to: usize,
    /// The name of a query of INSERT INTO.
    label: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Graph {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

/// Draws objects that were planned.
pub(crate) fn draw(objects: &[Described], format: GraphFormat) -> String {
    let graph = Graph::of(objects);
    match format {
        GraphFormat::Mermaid => mermaid::draw(&graph),
        GraphFormat::Dot => dot::draw(&graph),
        GraphFormat::Svg => svg::draw(&graph),
    }
}

impl Graph {
    fn of(objects: &[Described]) -> Self {
        let mut graph = Self::default();
        for described in objects {
            let Some(source) = &described.source else { continue };
            graph.nodes.push(Node {
                name: source.name.clone(),
                table: source.kind == SourceKind::Table,
                topic: source.topic.clone(),
                outside: source.query.is_none(),
                doc: described.object.doc.clone(),
            });
        }
        for described in objects {
            let (to, label) = match (&described.source, &described.feeds) {
                (Some(source), _) => (&source.name, None),
                (None, Some(stream)) => {
                    let label = match &described.object.id {
                        crate::object::Id::Query(id) => id.to_lowercase(),
                        _ => "insert".to_owned(),
                    };
                    (stream, Some(label))
                }
                (None, None) => continue,
            };
            for from in &described.reads {
                if let (Some(from), Some(to)) = (graph.find(from), graph.find(to)) {
                    graph.edges.push(Edge { from, to, label: label.clone() });
                }
            }
        }
        graph
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == name)
    }
}

impl Node {
    fn kind(&self) -> &'static str {
        if self.table { "table" } else { "stream" }
    }
}

#[cfg(test)]
mod tests;
