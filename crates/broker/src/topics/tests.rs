//! Creation, growth, configuration and deletion, each over a restart.

use super::*;
use crate::clock::Clock;
use crate::config::Fsync;
use crate::log::LastRun;

struct Fixture {
    folder: tempfile::TempDir,
    topics: Topics,
}

fn open(folder: &Path, limits: &Limits) -> Topics {
    let journal = Arc::new(Journal::open(folder, Fsync::Never).unwrap());
    let settings = LogSettings {
        fsync: Fsync::Never,
        last_run: LastRun::Clean,
        unpacked_batch_bytes: limits.unpacked_batch_bytes,
        compaction_keys: limits.compaction_keys,
        retention_check_ms: 0,
        clock: Clock::manual(0),
    };
    Topics::open(folder, &journal.state(), journal, settings, limits).unwrap()
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let topics = open(folder.path(), &Limits::default());
    Fixture { folder, topics }
}

impl Fixture {
    fn reopened(self) -> Self {
        self.topics.close().unwrap();
        drop(self.topics);
        let topics = open(self.folder.path(), &Limits::default());
        Self { folder: self.folder, topics }
    }
}

fn none() -> BTreeMap<String, String> {
    BTreeMap::new()
}

fn configs(name: &str, value: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(name.to_owned(), value.to_owned())])
}

#[test]
fn names_follow_kafkas_rules() {
    let longest = "n".repeat(249);
    let too_long = "n".repeat(250);
    let topics = fixture().topics;
    topics.create("taken", 1, &none()).unwrap();
    topics.create("a.b_c", 1, &none()).unwrap();
    for (name, expected) in [
        ("aZ0._-", None),
        (longest.as_str(), None),
        ("", Some((Code::InvalidTopicException, "Topic name is invalid: the empty string is not allowed"))),
        (".", Some((Code::InvalidTopicException, "Topic name is invalid: '.' is not allowed"))),
        ("..", Some((Code::InvalidTopicException, "Topic name is invalid: '..' is not allowed"))),
        (too_long.as_str(), Some((Code::InvalidTopicException, "is longer than the max allowed length 249"))),
        ("a/b", Some((Code::InvalidTopicException, "contains one or more characters other than ASCII alphanumerics"))),
        ("ä", Some((Code::InvalidTopicException, "contains one or more characters"))),
        ("taken", Some((Code::TopicAlreadyExists, "Topic 'taken' already exists."))),
        ("a_b.c", Some((Code::InvalidTopicException, "Topic 'a_b.c' collides with existing topic: a.b_c"))),
    ] {
        match (topics.check_creation(name, 1, &none()), expected) {
            (Ok(_), None) => {}
            (Err(refused), Some((code, part))) => {
                assert_eq!(refused.code, code, "{name}");
                assert!(refused.message.contains(part), "{name}: {}", refused.message);
            }
            (got, _) => panic!("{name}: {got:?}"),
        }
    }
}

#[test]
fn a_topic_lives_over_restarts() {
    let f = fixture();
    let id = f.topics.create("t", 2, &configs("retention.ms", " 7")).unwrap().id;
    assert_eq!(f.topics.grow("t", 3).unwrap().count(), 3);
    let f = f.reopened();
    let topic = f.topics.by_id(id).unwrap();
    assert_eq!((&*topic.name, topic.count(), topic.configs.clone()), ("t", 3, configs("retention.ms", "7")));
    f.topics.configure("t", true, |_| Ok(configs("retention.ms", "9"))).unwrap();
    assert_eq!(f.topics.get("t").unwrap().configs["retention.ms"], "7", "validate_only");
    let open = f.topics.partition("t", 0).unwrap();
    let retention_ms = || open.with(|log| log.config().retention_ms).unwrap();
    assert_eq!(retention_ms(), Some(7));
    f.topics.configure("t", false, |_| Ok(configs("retention.ms", "8"))).unwrap();
    assert_eq!(retention_ms(), Some(8), "an open log follows");
    drop(open);
    let f = f.reopened();
    assert_eq!(f.topics.get("t").unwrap().configs["retention.ms"], "8");
    assert!(f.topics.partition("t", 2).is_some());
    assert!(f.topics.partition("t", 3).is_none() && f.topics.partition("t", -1).is_none());
    f.topics.delete("t").unwrap();
    assert_eq!(f.topics.delete("t").unwrap_err().code, Code::UnknownTopicOrPartition);
    let f = f.reopened();
    assert!(f.topics.get("t").is_none() && f.topics.by_id(id).is_none());
    assert_ne!(f.topics.create("t", 1, &none()).unwrap().id, id);
}

#[test]
fn partitions_only_grow_and_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let topics = open(folder.path(), &Limits { partitions_of_topic: 5, partitions: 8, ..Limits::default() });
    topics.create("t", 4, &none()).unwrap();
    for (partitions, code) in [(3, Code::InvalidPartitions), (4, Code::InvalidPartitions), (6, Code::PolicyViolation)] {
        assert_eq!(topics.grow("t", partitions).unwrap_err().code, code, "{partitions}");
    }
    assert_eq!(topics.grow("u", 9).unwrap_err().code, Code::UnknownTopicOrPartition);
    topics.grow("t", 5).unwrap();
    for (partitions, code) in [(0, Code::InvalidPartitions), (-7, Code::InvalidPartitions), (4, Code::PolicyViolation)]
    {
        assert_eq!(topics.create("u", partitions, &none()).unwrap_err().code, code, "{partitions}");
    }
    topics.create("u", 3, &none()).unwrap();
    topics.delete("t").unwrap();
    topics.create("v", 5, &none()).unwrap();
}

#[test]
fn wrong_settings_change_nothing() {
    let f = fixture();
    assert_eq!(f.topics.create("t", 1, &configs("x", "1")).unwrap_err().code, Code::InvalidConfig);
    f.topics.create("t", 1, &none()).unwrap();
    let refused = f.topics.configure("t", false, |_| Ok(configs("segment.ms", "0"))).unwrap_err();
    assert_eq!(refused.code, Code::InvalidConfig);
    assert!(f.topics.get("t").unwrap().configs.is_empty());
    let refused = f.topics.configure("u", false, |_| Ok(none())).unwrap_err();
    assert_eq!(refused.code, Code::UnknownTopicOrPartition);
}

#[test]
fn files_of_deleted_topics_go_and_others_stay() {
    let f = fixture();
    let root = f.folder.path().join("topics");
    let (kept, gone) = (f.topics.create("kept", 1, &none()).unwrap(), f.topics.create("gone", 1, &none()).unwrap());
    let folder_of = |topic: &Topic| folders::of_topic(&root, &topic.name, topic.id);
    let foreign = root.join("lost+found");
    for folder in [folder_of(&kept).join("0"), folder_of(&gone).join("0"), foreign.clone()] {
        std::fs::create_dir_all(folder).unwrap();
    }
    f.topics.delete("gone").unwrap();
    assert!(f.topics.partition("gone", 0).is_none());
    f.topics.upkeep(0);
    assert!(!folder_of(&gone).exists() && folder_of(&kept).exists());
    // As a crash right after the deletion leaves it.
    std::fs::create_dir_all(folder_of(&gone).join("0")).unwrap();
    let _f = f.reopened();
    assert!(!folder_of(&gone).exists() && folder_of(&kept).exists() && foreign.exists());
}
