//! How old what a query sees may be, and who asks Kafka for it.

use super::*;

const AGE: Duration = Duration::from_millis(250);

impl Scene {
    fn at(&self, ms: u64) {
        self.topic.now.store(ms, Ordering::Relaxed);
    }

    fn asked(&self) -> u32 {
        self.topic.asked.load(Ordering::Relaxed)
    }

    /// A view that has been asked at that time and has seen everything.
    fn followed(&self, ms: u64) -> Arc<View> {
        self.at(ms);
        let view = self.view();
        view.wait(AGE, PATIENCE).unwrap();
        view
    }
}

#[test]
fn the_first_question_waits_for_the_whole_topic_and_the_next_for_nothing() {
    let mut scene = Scene::new("T", super::super::BYTES_MAX);
    scene.send(0, "a", Some("{}"));
    scene.at(1000);
    let view = scene.view();
    view.wait(AGE, PATIENCE).unwrap();
    assert!(view.fresh(AGE).is_some());
    // Never as fresh as nothing but a question of one's own makes it.
    assert!(view.fresh(Duration::ZERO).is_none());
}

#[test]
fn an_answer_is_as_old_as_allowed_at_most() {
    let scene = Scene::new("T", super::super::BYTES_MAX);
    let view = scene.followed(1000);
    let since = |ms| view.progress.fresh(Duration::from_millis(ms)).is_some();
    assert!(since(1000) && !since(1001));
    // Whoever cannot wait longer than that asks Kafka, and is answered as of now.
    let before = scene.asked();
    scene.at(2000);
    view.wait(Duration::ZERO, PATIENCE).unwrap();
    assert!(since(2000) && scene.asked() == before + 1);
    // An answer that serves is not asked for again.
    view.wait(AGE, PATIENCE).unwrap();
    assert_eq!(scene.asked(), before + 1);
}

#[test]
fn a_view_that_is_behind_is_not_fresh() {
    let mut scene = Scene::new("T", super::super::BYTES_MAX);
    let view = scene.followed(1000);
    scene.topic.ends.lock()[0] += 1;
    scene.at(2000);
    let behind = view.wait(AGE, Duration::from_millis(20)).err();
    assert_eq!(behind, Some(NotReady::Behind { left: 1 }));
    assert!(view.progress.fresh(Duration::from_millis(1001)).is_none());
    // What is read later makes it fresh as of when it was asked about.
    scene.topic.ends.lock()[0] -= 1;
    scene.send(0, "late", Some("{}"));
    view.progress.wait(&scene.sent, PATIENCE).unwrap();
    assert!(view.progress.fresh(Duration::from_millis(2000)).is_some());
    assert!(view.progress.fresh(Duration::from_millis(2001)).is_none());
}

#[test]
fn whoever_wrote_reads_it() {
    let scene = Scene::new("T", super::super::BYTES_MAX);
    let view = scene.followed(1000);
    scene.views.wrote("another");
    assert!(view.progress.fresh(view.since(Duration::from_millis(1000), AGE)).is_some());
    scene.at(1010);
    scene.views.wrote("t");
    assert!(view.progress.fresh(view.since(Duration::from_millis(1010), AGE)).is_none());
    scene.at(1011);
    view.wait(AGE, PATIENCE).unwrap();
    assert!(view.progress.fresh(view.since(Duration::from_millis(1012), AGE)).is_some());
}

#[test]
fn a_view_is_kept_fresh_while_it_is_asked() {
    let scene = Scene::new("T", super::super::BYTES_MAX);
    let view = scene.followed(1000);
    view.fresh(AGE);
    for ms in [1500, 2000, 2500] {
        scene.at(ms);
        view.fresh(AGE);
        while view.progress.fresh(Duration::from_millis(ms)).is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    // Nobody has asked for long: nobody asks Kafka any more.
    scene.at(60_000);
    while Arc::strong_count(&view.keeper) > 1 {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(view.progress.fresh(Duration::from_millis(59_000)).is_none());
    // And on again.
    view.fresh(AGE);
    while view.progress.fresh(Duration::from_millis(60_000)).is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_view_whose_topic_cannot_be_asked_about_is_only_stale_when_it_is_old() {
    let scene = Scene::new("T", super::super::BYTES_MAX);
    let view = scene.followed(1000);
    scene.topic.silent.store(true, Ordering::Relaxed);
    scene.at(1200);
    assert!(view.fresh(AGE).is_some());
    scene.at(1300);
    assert!(view.fresh(AGE).is_none());
    assert_eq!(view.wait(AGE, PATIENCE).err(), Some(NotReady::Unknown("no answer".into())));
    scene.topic.silent.store(false, Ordering::Relaxed);
    scene.at(1301);
    view.wait(AGE, PATIENCE).unwrap();
}

#[test]
fn a_topic_that_is_read_anew_is_not_fresh() {
    let mut scene = Scene::new("T", super::super::BYTES_MAX);
    scene.send(0, "a", Some("{}"));
    let view = scene.followed(1000);
    scene.topic.fails.store(true, Ordering::Relaxed);
    while view.progress.fresh(Duration::ZERO).is_some() {
        std::thread::sleep(Duration::from_millis(1));
    }
    scene.topic.fails.store(false, Ordering::Relaxed);
    // Its records are gone from the topic of this test: what was read before must not count as read again.
    assert!(view.wait(AGE, Duration::from_millis(1500)).is_err());
}
