//! How far event time has come: of each step that keeps a stream time, and of the inputs that it comes from. For people.

/// The times of a task, as of its last epoch or since it has found nothing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskTimes {
    /// Its partition.
    pub partition: i32,
    /// Those of its steps that keep one, in the order of the data.
    pub steps: Vec<StepTime>,
    /// Its inputs.
    pub inputs: Vec<InputTime>,
}

/// The stream time of a step: the latest event time that it has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepTime {
    /// What kind of step it is: `aggregate` or `join`, as loggers name it, or `ttl`.
    pub step: &'static str,
    /// ms since the epoch; `None`: it has seen nothing.
    pub time: Option<i64>,
}

/// How far an input has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputTime {
    /// Its topic; of a topic between two parts of the query what it stands for.
    pub topic: String,
    /// The next offset for the steps.
    pub next: i64,
    /// The latest event time of a record that went to the steps since the task is here, ms; `None`: none did.
    pub time: Option<i64>,
    /// Event time of the first record that waits for those of other inputs.
    pub head: Option<i64>,
    /// There was nothing more at the last look.
    pub at_end: bool,
}

impl InputTime {
    /// Whether the other inputs wait for its next record, which is not here yet.
    pub fn is_awaited(&self) -> bool {
        self.head.is_none() && !self.at_end
    }
}

impl TaskTimes {
    /// The input on which results wait: one whose next record is not here yet, else the one that is furthest behind in time.
    pub fn held_by(&self) -> Option<&InputTime> {
        let awaited = self.inputs.iter().filter(|_| self.inputs.len() > 1).find(|input| input.is_awaited());
        awaited.or_else(|| self.inputs.iter().min_by_key(|input| input.time))
    }

    /// The latest event time of all inputs.
    pub fn time(&self) -> Option<i64> {
        self.inputs.iter().filter_map(|input| input.time).max()
    }
}

/// A stream time as it is kept: negative before the first record.
pub(crate) fn known(time: i64) -> Option<i64> {
    (time >= 0).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(topic: &str, time: Option<i64>, head: Option<i64>, at_end: bool) -> InputTime {
        InputTime { topic: topic.into(), next: 0, time, head, at_end }
    }

    fn holds(inputs: &[InputTime]) -> String {
        let task = TaskTimes { partition: 0, steps: vec![], inputs: inputs.to_vec() };
        task.held_by().unwrap().topic.clone()
    }

    #[test]
    fn the_slowest_input_holds_results_back() {
        let (a, b) = (input("a", Some(5), None, true), input("b", Some(3), None, true));
        assert_eq!(holds(&[a.clone(), b.clone()]), "b");
        assert_eq!(holds(&[a.clone(), input("c", None, None, true), b.clone()]), "c", "it has sent nothing at all");
        let ahead = input("d", Some(9), None, false);
        assert_eq!(holds(&[b.clone(), ahead]), "d", "the others wait for its next record");
        assert_eq!(holds(&[input("e", Some(9), Some(10), false), b]), "b");
        assert_eq!(holds(&[input("f", Some(9), None, false)]), "f");
        let task = TaskTimes { partition: 0, steps: vec![], inputs: vec![a, input("c", None, None, true)] };
        assert_eq!(task.time(), Some(5));
    }
}
