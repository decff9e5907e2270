//! A query on topics in memory as a seed has it: whole or cut into parts, over one partition or several, in batches of any
//! size, with epochs that end anywhere, some of them undone, and tasks that start anew from what they had given out.
//!
//! Feeds, operators and sinks are the engine's own; what surrounds them in a worker is played here.

use std::collections::BTreeMap;

use millstream_engine::driver::TopicRecord;
use millstream_plan::topology::{Input, Output, Repartition, Stage, SubTopology, cut};
use millstream_types::partition_for_key;

use crate::chance::{Chance, happens, of_part};
use crate::flaw::Flaw;
use crate::task::Task;

/// How a query is driven.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Driving {
    /// For people.
    pub(crate) name: &'static str,
    /// What everything is drawn from.
    pub(crate) seed: u64,
    /// In parts, with topics between them.
    pub(crate) cut: bool,
    /// Partitions of every topic; where there are several, records of different ones come in any order.
    pub(crate) partitions: i32,
    /// Records of a batch, at most.
    pub(crate) batch: usize,
    /// Updates of one key within an epoch leave as one.
    pub(crate) merges: bool,
    /// How many batches end their epoch, percent.
    pub(crate) ends: u8,
    /// How many epochs are undone once, percent.
    pub(crate) undone: u8,
    /// How many epochs are followed by a start from saved state, percent.
    pub(crate) restarts: u8,
    /// What is wrong on purpose.
    pub(crate) flaw: Option<Flaw>,
}

/// Records of a topic by partition, each with its place among the records of all sources.
#[derive(Debug, Default)]
struct Topic(Vec<Vec<(usize, TopicRecord)>>);

/// A query on its way, with all of its tasks and topics.
pub(crate) struct Run {
    driving: Driving,
    chance: Chance,
    tasks: Vec<Task>,
    topics: BTreeMap<String, Topic>,
    sink: String,
    /// Partitions of the topics of sources.
    widths: BTreeMap<String, i32>,
    /// What each epoch has written to the sink, if anything.
    epochs: Vec<Vec<TopicRecord>>,
}

/// Runs a query's stages over these records; what comes to its sink, partition after partition.
///
/// # Errors
/// The query cannot run, or stops.
pub(crate) fn drive(
    stages: &[Stage],
    inputs: &[(String, TopicRecord)],
    driving: Driving,
) -> Result<Vec<TopicRecord>, String> {
    let mut run = Run::new(stages, driving)?;
    for (place, (topic, record)) in inputs.iter().enumerate() {
        run.put(topic, place, record.clone());
    }
    if driving.partitions > 1 {
        run.in_any_order()?;
    } else if driving.cut {
        run.through_parts(inputs)?;
    } else {
        run.in_order()?;
    }
    let results = run.topics.remove(&run.sink).unwrap_or_default();
    Ok(results.0.into_iter().flatten().map(|(_, record)| record).collect())
}

/// Partitions of the topics of sources: different numbers, but for those that a part reads beside others.
fn sources(parts: &[SubTopology], driving: Driving) -> BTreeMap<String, i32> {
    let all = driving.partitions;
    let mut widths: BTreeMap<String, i32> = BTreeMap::new();
    for part in parts {
        let inputs = part.topics();
        let topics: Vec<&str> = inputs.iter().filter_map(|(i, _)| Some(i.source()?.topic.as_str())).collect();
        for topic in &topics {
            let last = topic.bytes().last().map_or(0, i32::from);
            let own = if driving.cut && topics.len() == 1 { 1 + (last + all) % all } else { all };
            let width = widths.entry((*topic).to_owned()).or_insert(own);
            *width = own.max(*width);
        }
    }
    widths
}

/// Partitions of the topics between parts, by the number of the part that writes it: as many as its reader has tasks, which
/// are as many as what that reads has partitions. Rows that go back to where they came from have room for all that send some.
fn between(parts: &[SubTopology], sources: &BTreeMap<String, i32>) -> BTreeMap<u16, i32> {
    let (mut tasks, mut sends): (BTreeMap<u16, i32>, BTreeMap<u16, i32>) = Default::default();
    for part in parts {
        let read = part.inputs.iter().filter_map(|i| sources.get(&i.source()?.topic)).max();
        let sent = part.inputs.iter().filter_map(|input| match input {
            Input::Repartition { from, .. } => sends.get(from),
            Input::Source(_) => None,
        });
        let sent = sent.max().copied();
        let own = read.copied().or(sent).unwrap_or(1);
        tasks.insert(part.number, own);
        let width = match &part.output {
            Output::Repartition(Repartition::Gathered) => 1,
            Output::Repartition(Repartition::Identified(_)) => own.max(sent.unwrap_or(0)),
            _ => own,
        };
        sends.insert(part.number, width);
    }
    let ways = parts.iter().flat_map(|to| to.inputs.iter().map(move |input| (input, to.number)));
    let ways = ways.filter_map(|(input, to)| match input {
        Input::Repartition { from, .. } => Some((*from, *tasks.get(&to)?)),
        Input::Source(_) => None,
    });
    ways.collect()
}

impl Run {
    /// A run that has read nothing.
    ///
    /// # Errors
    /// The query cannot run.
    pub(crate) fn new(stages: &[Stage], driving: Driving) -> Result<Self, String> {
        let parts = if driving.cut { cut(stages) } else { stages.iter().filter_map(SubTopology::whole).collect() };
        let widths = sources(&parts, driving);
        let sent = between(&parts, &widths);
        let mut tasks = Vec::new();
        for part in &parts {
            let partitions = sent.get(&part.number).copied().unwrap_or(driving.partitions);
            for partition in 0..driving.partitions {
                tasks.push(Task::new(part, (partition, partitions), driving)?);
            }
        }
        let sink = stages.iter().find_map(|stage| Some(stage.sink.as_ref()?.topic.clone())).unwrap_or_default();
        let chance = of_part(driving.seed, 0);
        Ok(Self { driving, chance, tasks, topics: BTreeMap::new(), sink, widths, epochs: Vec::new() })
    }

    /// Appends a record to a topic that others write, to the partition of its key. `place`: where it stands among all of them.
    pub(crate) fn put(&mut self, topic: &str, place: usize, record: TopicRecord) {
        let partitions = self.widths.get(topic).copied().unwrap_or(self.driving.partitions);
        let partition = match &record.key {
            Some(key) => partition_for_key(key, partitions),
            None => self.chance.i32(0..partitions),
        };
        self.append(topic, partition, place, record);
    }

    /// Takes everything that is there, and forgets it; what each epoch has written to the sink.
    ///
    /// # Errors
    /// The query stops.
    pub(crate) fn settle(&mut self) -> Result<Vec<Vec<TopicRecord>>, String> {
        if self.driving.partitions > 1 {
            self.in_any_order()?
        } else {
            self.in_order()?
        }
        self.topics.clear();
        for task in &mut self.tasks {
            task.next.fill(0);
            task.base.fill(0);
        }
        Ok(std::mem::take(&mut self.epochs))
    }

    fn append(&mut self, topic: &str, partition: i32, place: usize, record: TopicRecord) {
        let count = usize::try_from(self.driving.partitions).unwrap_or(1);
        let topic = self.topics.entry(topic.to_owned()).or_default();
        topic.0.resize_with(count, Vec::new);
        topic.0[usize::try_from(partition).unwrap_or(0)].push((place, record));
    }

    /// What a task has not read of a topic.
    fn unread(&self, task: usize, topic: usize) -> &[(usize, TopicRecord)] {
        let task = &self.tasks[task];
        let partition = usize::try_from(task.partition).unwrap_or(0);
        let all = self.topics.get(&task.topics[topic].0).and_then(|topic| topic.0.get(partition));
        all.and_then(|all| all.get(task.next[topic]..)).unwrap_or_default()
    }

    /// Lets a task take that many records, and may end its epoch, undo it, or start the task anew behind it.
    fn step(&mut self, task: usize, topic: usize, count: usize) -> Result<(), String> {
        let records = self.unread(task, topic)[..count].to_vec();
        self.tasks[task].take(topic, &records)?;
        if !happens(&mut self.chance, self.driving.ends) {
            return Ok(());
        }
        if !self.tasks[task].again && happens(&mut self.chance, self.driving.undone) {
            return self.tasks[task].undo();
        }
        self.end(task)
    }

    fn end(&mut self, task: usize) -> Result<(), String> {
        let produced = self.tasks[task].commit()?;
        let output = self.tasks[task].output.clone();
        if output == self.sink && !produced.is_empty() {
            self.epochs.push(produced.iter().map(|(_, record)| record.clone()).collect());
        }
        for (partition, record) in produced {
            let scatters = self.driving.flaw == Some(Flaw::Scatters) && output != self.sink;
            let partition = if scatters { self.chance.i32(0..self.driving.partitions) } else { partition };
            self.append(&output, partition, 0, record);
        }
        if happens(&mut self.chance, self.driving.restarts) {
            self.tasks[task].start_anew()?;
        }
        Ok(())
    }

    fn size(&mut self) -> usize {
        self.chance.usize(1..=self.driving.batch)
    }

    /// Each task takes the records of its topics in the order in which they come.
    fn in_order(&mut self) -> Result<(), String> {
        for task in 0..self.tasks.len() {
            loop {
                let topics = 0..self.tasks[task].topics.len();
                let firsts = topics.filter_map(|topic| Some((self.unread(task, topic).first()?.0, topic)));
                let mut firsts: Vec<(usize, usize)> = firsts.collect();
                firsts.sort_unstable();
                let Some(&(_, topic)) = firsts.first() else { break };
                let limit = firsts.get(1).map_or(usize::MAX, |(place, _)| *place);
                let size = self.size();
                let count = self.unread(task, topic).iter().take(size).take_while(|(place, _)| *place < limit).count();
                self.step(task, topic, count)?;
            }
            self.end(task)?;
        }
        Ok(())
    }

    /// Each record goes to its end before the next one, through all parts.
    fn through_parts(&mut self, inputs: &[(String, TopicRecord)]) -> Result<(), String> {
        for (place, (name, _)) in inputs.iter().enumerate() {
            for task in 0..self.tasks.len() {
                let Some(topic) = self.tasks[task].topics.iter().position(|(topic, _)| topic == name) else { continue };
                while self.unread(task, topic).first().is_some_and(|(next, _)| *next == place) {
                    self.step(task, topic, 1)?;
                }
                if self.tasks[task].is_open() {
                    self.end(task)?;
                }
            }
            self.drain()?;
        }
        Ok(())
    }

    /// What stands in topics between parts is taken, part after part.
    fn drain(&mut self) -> Result<(), String> {
        for task in 0..self.tasks.len() {
            for topic in 0..self.tasks[task].topics.len() {
                let inner = self.tasks[task].topics[topic].0.ends_with("-repartition");
                while inner && !self.unread(task, topic).is_empty() {
                    self.step(task, topic, 1)?;
                }
            }
            if self.tasks[task].is_open() {
                self.end(task)?;
            }
        }
        Ok(())
    }

    /// Whichever task has something to read may be next.
    fn in_any_order(&mut self) -> Result<(), String> {
        loop {
            let pairs =
                (0..self.tasks.len()).flat_map(|t| (0..self.tasks[t].topics.len()).map(move |topic| (t, topic)));
            let ready: Vec<(usize, usize)> = pairs.filter(|(t, topic)| !self.unread(*t, *topic).is_empty()).collect();
            if ready.is_empty() {
                let open: Vec<usize> = (0..self.tasks.len()).filter(|task| self.tasks[*task].is_open()).collect();
                if open.is_empty() {
                    return Ok(());
                }
                open.into_iter().try_for_each(|task| self.end(task))?;
                continue;
            }
            let (task, topic) = ready[self.chance.usize(0..ready.len())];
            let count = self.size().min(self.unread(task, topic).len());
            self.step(task, topic, count)?;
        }
    }
}
