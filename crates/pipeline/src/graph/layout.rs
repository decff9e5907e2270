//! Where boxes go: a column for each step from the topics, and within a column near what they read.

use super::Graph;

/// Rounds of putting boxes near their neighbours; more change nothing that one could see.
const ROUNDS: usize = 4;

/// Indices of nodes, column by column, from top to bottom.
pub(super) fn columns(graph: &Graph) -> Vec<Vec<usize>> {
    let mut depth = vec![0_usize; graph.nodes.len()];
    // Streams may feed each other in a circle, by INSERT INTO: no path is longer than there are nodes.
    for _ in 0..graph.nodes.len() {
        let mut moved = false;
        for edge in graph.edges.iter().filter(|edge| edge.label.is_none()) {
            let least = depth.get(edge.from).map_or(0, |d| d + 1);
            if let Some(place) = depth.get_mut(edge.to).filter(|place| **place < least) {
                *place = least;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    let last = depth.iter().max().copied().unwrap_or(0);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); last + 1];
    for (i, d) in depth.iter().enumerate() {
        if let Some(column) = columns.get_mut(*d) {
            column.push(i);
        }
    }
    columns.retain(|column| !column.is_empty());
    for _ in 0..ROUNDS {
        settle(graph, &mut columns);
    }
    columns
}

/// Sorts every column by the middle of its nodes' neighbours.
fn settle(graph: &Graph, columns: &mut [Vec<usize>]) {
    for c in 0..columns.len() {
        let places = places(graph, columns);
        let middle = |node: usize| {
            let near = graph.edges.iter().filter_map(|edge| match (edge.from == node, edge.to == node) {
                (true, false) => places.get(edge.to),
                (false, true) => places.get(edge.from),
                _ => None,
            });
            let (sum, count) = near.fold((0_usize, 0_usize), |(sum, count), place| (sum + place, count + 1));
            sum.checked_div(count).or_else(|| places.get(node).copied()).unwrap_or(0)
        };
        if let Some(column) = columns.get_mut(c) {
            column.sort_by_key(|node| (middle(*node), *node));
        }
    }
}

/// The height of every node as thousandths of its column's.
fn places(graph: &Graph, columns: &[Vec<usize>]) -> Vec<usize> {
    let mut places = vec![0; graph.nodes.len()];
    for column in columns {
        for (at, node) in column.iter().enumerate() {
            if let Some(place) = places.get_mut(*node) {
                *place = (2 * at + 1) * 1000 / (2 * column.len());
            }
        }
    }
    places
}
