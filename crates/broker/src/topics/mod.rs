//! Topics and their partitions.
//!
//! Every change is in the journal before anybody sees it. A [`Topic`] never changes: a change puts another in its
//! place, so that whoever holds one sees it whole. Partitions are made here but opened by their first use: starting
//! with thousands of them costs nothing.
//!
//! Folders: `topics/<name>.<id>/<partition>`. A deleted topic's records go at once, its folder when [`Topics::upkeep`]
//! comes by; what a crash leaves of it goes at the next start, as its id is in no journal.

pub(crate) mod configs;
mod folders;
pub(crate) mod names;
mod refused;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

pub(crate) use refused::Refused;

use crate::config::Limits;
use crate::error::{BrokerError, Code};
use crate::journal::{Entry, Journal, State};
use crate::log::LogConfig;
use crate::partition::{LogSettings, Partition};

/// A topic as it is at one moment.
#[derive(Debug)]
pub(crate) struct Topic {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// Its id: another for every creation of the same name.
    pub(crate) id: Uuid,
    /// Its partitions; the index is the number.
    pub(crate) partitions: Vec<Arc<Partition>>,
    /// Settings that differ from the defaults.
    pub(crate) configs: BTreeMap<String, String>,
}

impl Topic {
    /// The partition of that number.
    pub(crate) fn partition(&self, index: i32) -> Option<&Arc<Partition>> {
        usize::try_from(index).ok().and_then(|index| self.partitions.get(index))
    }

    /// Number of partitions.
    pub(crate) fn count(&self) -> i32 {
        i32::try_from(self.partitions.len()).unwrap_or(i32::MAX)
    }
}

/// All topics.
#[derive(Debug)]
pub(crate) struct Topics {
    root: PathBuf,
    journal: Arc<Journal>,
    settings: Arc<LogSettings>,
    limits: Limits,
    /// Held while a change is checked, journaled and shown; readers only meet `shown`.
    changing: Mutex<()>,
    shown: RwLock<Shown>,
    /// Deleted topics whose files are still there.
    doomed: Mutex<Vec<Arc<Topic>>>,
}

#[derive(Debug, Default)]
struct Shown {
    by_name: BTreeMap<Arc<str>, Arc<Topic>>,
    by_id: HashMap<Uuid, Arc<str>>,
    /// Names as metrics would write them, to find collisions.
    folded: HashMap<String, Arc<str>>,
    partitions: usize,
}

impl Shown {
    fn put(&mut self, topic: Arc<Topic>) {
        self.by_id.insert(topic.id, Arc::clone(&topic.name));
        self.folded.insert(names::folded(&topic.name), Arc::clone(&topic.name));
        self.partitions += topic.partitions.len();
        if let Some(before) = self.by_name.insert(Arc::clone(&topic.name), topic) {
            self.partitions = self.partitions.saturating_sub(before.partitions.len());
        }
    }

    fn take(&mut self, name: &str) -> Option<Arc<Topic>> {
        let topic = self.by_name.remove(name)?;
        self.by_id.remove(&topic.id);
        self.folded.remove(&names::folded(name));
        self.partitions = self.partitions.saturating_sub(topic.partitions.len());
        Some(topic)
    }
}

impl Topics {
    /// The topics of the journal, with their files below `data_dir`; removes folders of topics that are not in it.
    ///
    /// Errors: `Storage` when the folder cannot be made or read.
    pub(crate) fn open(
        data_dir: &Path,
        state: &State,
        journal: Arc<Journal>,
        settings: LogSettings,
        limits: &Limits,
    ) -> Result<Self, BrokerError> {
        let root = data_dir.join("topics");
        let known = state.topics.values().map(|topic| topic.id).collect();
        folders::remove_unknown(&root, &known)?;
        let topics = Self {
            root,
            journal,
            settings: Arc::new(settings),
            limits: limits.clone(),
            changing: Mutex::default(),
            shown: RwLock::default(),
            doomed: Mutex::default(),
        };
        {
            let mut shown = topics.shown.write();
            for (name, entry) in &state.topics {
                let configs = entry.configs.clone();
                shown.put(topics.made(name.as_str().into(), entry.id, entry.partitions, configs, &[]));
            }
        }
        Ok(topics)
    }

    /// The topic of that name.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Topic>> {
        self.shown.read().by_name.get(name).cloned()
    }

    /// The topic of that id.
    pub(crate) fn by_id(&self, id: Uuid) -> Option<Arc<Topic>> {
        let shown = self.shown.read();
        shown.by_id.get(&id).and_then(|name| shown.by_name.get(name)).cloned()
    }

    /// All topics by name.
    pub(crate) fn list(&self) -> Vec<Arc<Topic>> {
        self.shown.read().by_name.values().cloned().collect()
    }

    /// A partition by topic and number.
    pub(crate) fn partition(&self, topic: &str, index: i32) -> Option<Arc<Partition>> {
        self.shown.read().by_name.get(topic).and_then(|topic| topic.partition(index).cloned())
    }

    /// Whether [`Topics::create`] would do it: gives the configuration as it would be stored.
    ///
    /// Errors: `InvalidTopicException` (name, or a name that differs in '.' and '_' only), `TopicAlreadyExists`,
    /// `InvalidPartitions`, `PolicyViolation` (limits of this broker), `InvalidConfig`.
    pub(crate) fn check_creation(
        &self,
        name: &str,
        partitions: i32,
        given: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Refused> {
        let shown = self.shown.read();
        if shown.by_name.contains_key(name) {
            return Err(Refused::new(Code::TopicAlreadyExists, format!("Topic '{name}' already exists.")));
        }
        names::check(name)?;
        if let Some(other) = shown.folded.get(&names::folded(name)) {
            let message = format!("Topic '{name}' collides with existing topic: {other}");
            return Err(Refused::new(Code::InvalidTopicException, message));
        }
        if partitions < 1 {
            let message = "Number of partitions was set to an invalid non-positive value.";
            return Err(Refused::new(Code::InvalidPartitions, message));
        }
        self.check_room(&shown, partitions, partitions)?;
        configs::check(given).map_err(|message| Refused::new(Code::InvalidConfig, message))
    }

    /// Creates a topic. Errors: as [`Topics::check_creation`], and `KafkaStorageError`.
    pub(crate) fn create(
        &self,
        name: &str,
        partitions: i32,
        given: &BTreeMap<String, String>,
    ) -> Result<Arc<Topic>, Refused> {
        let _changing = self.changing.lock();
        let configs = self.check_creation(name, partitions, given)?;
        let id = Uuid::new_v4();
        self.journal.append(&[Entry::TopicCreated {
            name: name.to_owned(),
            id,
            partitions,
            configs: configs.clone(),
        }])?;
        let topic = self.made(name.into(), id, partitions, configs, &[]);
        self.shown.write().put(Arc::clone(&topic));
        Ok(topic)
    }

    /// Deletes a topic; its files follow later. The caller lets the groups' offsets be forgotten.
    ///
    /// Errors: `UnknownTopicOrPartition`, `KafkaStorageError`.
    pub(crate) fn delete(&self, name: &str) -> Result<Arc<Topic>, Refused> {
        let topic = {
            let _changing = self.changing.lock();
            self.existing(name)?;
            self.journal.append(&[Entry::TopicDeleted { name: name.to_owned() }])?;
            self.shown.write().take(name).ok_or_else(unknown)?
        };
        for partition in &topic.partitions {
            if let Err(e) = partition.delete() {
                tracing::warn!("files of a deleted partition stay until the next upkeep: {e}");
            }
        }
        self.doomed.lock().push(Arc::clone(&topic));
        Ok(topic)
    }

    /// Whether [`Topics::grow`] would do it. Errors: `UnknownTopicOrPartition`, `InvalidPartitions`, `PolicyViolation`.
    pub(crate) fn check_growth(&self, name: &str, partitions: i32) -> Result<(), Refused> {
        let topic = self.existing(name)?;
        let count = topic.count();
        if partitions <= count {
            let message = if partitions == count {
                format!("Topic already has {count} partition(s).")
            } else {
                format!("The topic {name} currently has {count} partition(s); {partitions} would not be an increase.")
            };
            return Err(Refused::new(Code::InvalidPartitions, message));
        }
        self.check_room(&self.shown.read(), partitions, partitions - count)
    }

    /// Gives a topic more partitions: `partitions` all together. Errors: as [`Topics::check_growth`], and
    /// `KafkaStorageError`.
    pub(crate) fn grow(&self, name: &str, partitions: i32) -> Result<Arc<Topic>, Refused> {
        let _changing = self.changing.lock();
        self.check_growth(name, partitions)?;
        let before = self.existing(name)?;
        self.journal.append(&[Entry::TopicGrown { name: name.to_owned(), partitions }])?;
        let name = Arc::clone(&before.name);
        let topic = self.made(name, before.id, partitions, before.configs.clone(), &before.partitions);
        self.shown.write().put(Arc::clone(&topic));
        Ok(topic)
    }

    /// Changes a topic's configuration to what `change` makes of the present one; open logs follow at once. With
    /// `validate_only` nothing but the check happens.
    ///
    /// Errors: `UnknownTopicOrPartition`, `InvalidConfig`, `KafkaStorageError`, those of `change`.
    pub(crate) fn configure(
        &self,
        name: &str,
        validate_only: bool,
        change: impl FnOnce(&BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Refused>,
    ) -> Result<(), Refused> {
        let _changing = self.changing.lock();
        let before = self.existing(name)?;
        let configs = change(&before.configs)?;
        let configs = configs::check(&configs).map_err(|message| Refused::new(Code::InvalidConfig, message))?;
        if validate_only || configs == before.configs {
            return Ok(());
        }
        self.journal.append(&[Entry::TopicConfigured { name: name.to_owned(), configs: configs.clone() }])?;
        let log_config = configs::log_config(&configs);
        let topic =
            Topic { name: Arc::clone(&before.name), id: before.id, partitions: before.partitions.clone(), configs };
        self.shown.write().put(Arc::new(topic));
        for partition in &before.partitions {
            partition.configure(log_config.clone());
        }
        Ok(())
    }

    /// Upkeep of all partitions (retention, compaction …), and removal of deleted topics' files.
    pub(crate) fn upkeep(&self, now_ms: i64) {
        for topic in self.list() {
            for partition in &topic.partitions {
                partition.upkeep(now_ms);
            }
        }
        let doomed = std::mem::take(&mut *self.doomed.lock());
        for topic in doomed {
            let folder = folders::of_topic(&self.root, &topic.name, topic.id);
            if let Err(e) = folders::remove(&folder) {
                tracing::warn!("files of a deleted topic stay until the next try: {e}");
                self.doomed.lock().push(topic);
            }
        }
    }

    /// Closes all partitions in order, so that the next start need not check them. Errors: `Storage` of the first that
    /// failed; the next start has to check.
    pub(crate) fn close(&self) -> Result<(), BrokerError> {
        let mut closed = Ok(());
        for topic in self.list() {
            for partition in &topic.partitions {
                closed = closed.and(partition.close());
            }
        }
        closed
    }

    fn existing(&self, name: &str) -> Result<Arc<Topic>, Refused> {
        self.get(name).ok_or_else(unknown)
    }

    fn check_room(&self, shown: &Shown, of_topic: i32, more: i32) -> Result<(), Refused> {
        let more = usize::try_from(more).unwrap_or(usize::MAX);
        let message = if of_topic > self.limits.partitions_of_topic {
            format!("A topic of this broker has at most {} partitions.", self.limits.partitions_of_topic)
        } else if shown.partitions.saturating_add(more) > self.limits.partitions {
            format!("This broker has at most {} partitions, all topics together.", self.limits.partitions)
        } else {
            return Ok(());
        };
        Err(Refused::new(Code::PolicyViolation, message))
    }

    /// A topic with the partitions that it has, and new ones up to `count`.
    fn made(
        &self,
        name: Arc<str>,
        id: Uuid,
        count: i32,
        configs: BTreeMap<String, String>,
        have: &[Arc<Partition>],
    ) -> Arc<Topic> {
        let folder = folders::of_topic(&self.root, &name, id);
        let log_config = configs::log_config(&configs);
        let from = i32::try_from(have.len()).unwrap_or(i32::MAX);
        let new = (from..count).map(|index| self.partition_at(&name, &folder, index, log_config.clone()));
        let partitions = have.iter().cloned().chain(new).collect();
        Arc::new(Topic { name, id, partitions, configs })
    }

    fn partition_at(&self, topic: &Arc<str>, folder: &Path, index: i32, config: LogConfig) -> Arc<Partition> {
        let folder = folder.join(index.to_string());
        Arc::new(Partition::new(Arc::clone(topic), index, folder, config, Arc::clone(&self.settings)))
    }
}

fn unknown() -> Refused {
    Refused::new(Code::UnknownTopicOrPartition, "This server does not host this topic-partition.")
}
