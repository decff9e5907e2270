//! An order in which every object comes after those that it needs.

use std::collections::BTreeMap;

use crate::object::{Id, Object};

/// Objects by what they need.
#[derive(Debug)]
pub(crate) struct Order {
    /// Indices of objects, each after those that it needs; what is part of a cycle, or needs one that is, is missing.
    pub(crate) sorted: Vec<usize>,
    /// For each object those that it needs, by index.
    pub(crate) needs: Vec<Vec<usize>>,
    /// Cycles: each the indices of its objects, in turn.
    pub(crate) cycles: Vec<Vec<usize>>,
}

/// Sorts objects; where nothing says which comes first, they stay as they are.
pub(crate) fn order(objects: &[Object]) -> Order {
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    let mut makers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, object) in objects.iter().enumerate() {
        if let Id::Source(name) = &object.id {
            by_name.entry(name).or_insert(i);
        }
        if let Some(late) = object.late() {
            by_name.entry(late).or_insert(i);
        }
        if let Some(topic) = object.makes_topic() {
            makers.entry(topic).or_default().push(i);
        }
    }
    let needs: Vec<Vec<usize>> = objects
        .iter()
        .enumerate()
        .map(|(i, object)| {
            let named = object.needs();
            let sources = named.iter().filter_map(|name| by_name.get(name.as_str()).copied());
            let topic = object.needs_topic().and_then(|topic| makers.get(topic)).into_iter().flatten().copied();
            let mut needs: Vec<usize> = Vec::new();
            for need in sources.chain(topic.filter(|maker| *maker != i)) {
                if !needs.contains(&need) {
                    needs.push(need);
                }
            }
            needs
        })
        .collect();
    let mut search =
        Search { needs: &needs, marks: vec![Mark::New; objects.len()], path: Vec::new(), cycles: Vec::new() };
    (0..objects.len()).for_each(|i| search.visit(i));
    let cycles = std::mem::take(&mut search.cycles);
    let mut sorted = Vec::with_capacity(objects.len());
    let mut done = vec![false; objects.len()];
    // Types first; then in as many rounds as there are levels, the written order kept within each.
    loop {
        let ready = |i: usize, done: &[bool]| {
            let needs = needs.get(i).map_or(&[][..], Vec::as_slice);
            !done.get(i).copied().unwrap_or(true) && needs.iter().all(|n| done.get(*n).copied().unwrap_or(false))
        };
        let is_type = |i: &usize| matches!(objects.get(*i).map(|o| &o.id), Some(Id::Type(_)));
        let mut level: Vec<usize> = (0..objects.len()).filter(|i| ready(*i, &done)).collect();
        if sorted.is_empty() && level.iter().any(is_type) {
            level.retain(is_type);
        }
        let Some(first) = level.first().copied() else { break };
        // One at a time keeps a chain of statements together when they were written so.
        let next = if is_type(&first) { level } else { vec![first] };
        for i in next {
            if let Some(mark) = done.get_mut(i) {
                *mark = true;
            }
            sorted.push(i);
        }
    }
    Order { sorted, needs, cycles }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    /// On the path that is followed now.
    Open,
    Done,
}

struct Search<'a> {
    needs: &'a [Vec<usize>],
    marks: Vec<Mark>,
    path: Vec<usize>,
    cycles: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn mark(&mut self, i: usize, mark: Mark) {
        if let Some(place) = self.marks.get_mut(i) {
            *place = mark;
        }
    }

    /// Depth first, on a stack of its own: chains may be long.
    fn visit(&mut self, root: usize) {
        if self.marks.get(root) != Some(&Mark::New) {
            return;
        }
        let mut stack = vec![(root, 0)];
        self.mark(root, Mark::Open);
        self.path.push(root);
        while let Some((i, at)) = stack.pop() {
            let Some(need) = self.needs.get(i).and_then(|needs| needs.get(at)).copied() else {
                self.mark(i, Mark::Done);
                self.path.pop();
                continue;
            };
            stack.push((i, at + 1));
            match self.marks.get(need) {
                Some(Mark::New) => {
                    self.mark(need, Mark::Open);
                    self.path.push(need);
                    stack.push((need, 0));
                }
                Some(Mark::Open) => {
                    let from = self.path.iter().position(|p| *p == need).unwrap_or_default();
                    self.cycles.push(self.path.get(from..).unwrap_or_default().to_vec());
                }
                _ => {}
            }
        }
    }
}
