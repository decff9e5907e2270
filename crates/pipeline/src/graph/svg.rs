//! SVG, drawn here: no program is needed to look at a pipeline but a browser.

use std::fmt::Write as _;

use super::layout::columns;
use super::{Graph, Node};

/// Width of a character, as near as one gets without knowing the font.
const CHAR: usize = 8;
const BOX_HEIGHT: usize = 48;
const GAP_X: usize = 90;
const GAP_Y: usize = 24;
const MARGIN: usize = 20;
const PAD: usize = 14;

/// Where a node stands.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    x: usize,
    y: usize,
    width: usize,
}

pub(super) fn draw(graph: &Graph) -> String {
    let columns = columns(graph);
    let mut places = vec![Place::default(); graph.nodes.len()];
    let tallest = columns.iter().map(Vec::len).max().unwrap_or(0);
    let (mut x, mut right) = (MARGIN, MARGIN);
    for column in &columns {
        let width = column.iter().filter_map(|i| graph.nodes.get(*i)).map(width).max().unwrap_or(0);
        let top = MARGIN + (tallest - column.len()) * (BOX_HEIGHT + GAP_Y) / 2;
        for (at, node) in column.iter().enumerate() {
            if let Some(place) = places.get_mut(*node) {
                *place = Place { x, y: top + at * (BOX_HEIGHT + GAP_Y), width };
            }
        }
        right = x + width;
        x = right + GAP_X;
    }
    let height = 2 * MARGIN + tallest * (BOX_HEIGHT + GAP_Y) - if tallest > 0 { GAP_Y } else { 0 };
    let width = right + MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#667\"/></marker></defs>\n"
    );
    for edge in &graph.edges {
        if let (Some(from), Some(to)) = (places.get(edge.from), places.get(edge.to)) {
            arrow(&mut out, *from, *to, edge.label.as_deref());
        }
    }
    for (node, place) in graph.nodes.iter().zip(&places) {
        boxed(&mut out, node, *place);
    }
    out.push_str("</svg>\n");
    out
}

fn width(node: &Node) -> usize {
    let name = node.name.chars().count() * CHAR;
    // The second line is smaller.
    let below = (node.topic.chars().count() + 12) * CHAR * 8 / 10;
    name.max(below) + 2 * PAD
}

fn boxed(out: &mut String, node: &Node, place: Place) {
    let (fill, line) = match (node.table, node.outside) {
        (true, _) => ("#e8f0e4", "#5a8a4a"),
        (false, true) => ("#f4f0e4", "#a08a4a"),
        (false, false) => ("#e4ecf4", "#4a6a9a"),
    };
    let Place { x, y, width } = place;
    let (radius, middle) = (if node.table { 14 } else { 4 }, x + width / 2);
    let title = node.doc.as_deref().map(|doc| format!("<title>{}</title>", escape(doc))).unwrap_or_default();
    let (name, kind) = (escape(&node.name.to_lowercase()), node.kind());
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "<g>{title}<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX_HEIGHT}\" rx=\"{radius}\" fill=\"{fill}\" \
         stroke=\"{line}\"/><text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\" fill=\"#223\">{name}</text>\
         <text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\" font-size=\"10\" fill=\"#667\">{kind} over {}</text></g>",
        y + 20,
        y + 37,
        escape(&node.topic)
    );
}

fn arrow(out: &mut String, from: Place, to: Place, label: Option<&str>) {
    let (x1, y1) = (from.x + from.width, from.y + BOX_HEIGHT / 2);
    let (x2, y2) = (to.x, to.y + BOX_HEIGHT / 2);
    let bend = GAP_X / 2;
    let _ = writeln!(
        out,
        "<path d=\"M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}\" fill=\"none\" stroke=\"#667\" marker-end=\"url(#tip)\"/>",
        x1 + bend,
        x2.saturating_sub(bend)
    );
    if let Some(label) = label {
        let (x, y) = (usize::midpoint(x1, x2), usize::midpoint(y1, y2).saturating_sub(5));
        let label = escape(label);
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" font-size=\"10\" fill=\"#667\">{label}</text>"
        );
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
